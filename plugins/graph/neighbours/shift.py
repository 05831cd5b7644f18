"""The Keras layer that measures distances from a shell."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.graph.neighbours import block


@keras.saving.register_keras_serializable("registry")
class ShiftDistances(SameShapeLayer):
    """Squared distances from a shell of radius `shift`.

    Input shape: [hits, neighbours]. Output shape: the same.
    """

    block = block.ShiftDistances

    def call(self, squared_distances: Any) -> Any:
        """Return the shifted squared distances."""
        return (tf.sqrt(squared_distances + 1e-6) - (self.shift + 1e-3)) ** 2
