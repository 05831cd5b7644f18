"""The Keras layer of the identity without a gradient."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.stop_gradient import block


@keras.saving.register_keras_serializable("registry")
class StopGradient(SameShapeLayer):
    """The identity, without a gradient.

    Input shape: [hits, features]. Output shape: the same.
    """

    block = block.StopGradient

    def call(self, x: Any) -> Any:
        """Return x."""
        return tf.stop_gradient(x)
