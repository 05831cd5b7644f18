"""The Keras layer of the square root of squared distances."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.square_root import block


@keras.saving.register_keras_serializable("registry")
class SquareRoot(SameShapeLayer):
    """`sqrt(x + 1e-6)`: a distance from its square, with a gradient at 0.

    Input shape: [hits, features]. Output shape: the same.
    """

    block = block.SquareRoot

    def call(self, x: Any) -> Any:
        """Return the root."""
        return tf.sqrt(x + 1e-6)
