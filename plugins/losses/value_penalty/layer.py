"""The Keras layer of the loss that keeps a value near a constant."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.value_penalty import block


@keras.saving.register_keras_serializable("registry")
class ValuePenalty(LossLayer):
    """Keeps values near a constant.

    Input shape: x [hits, features]. Output: a scalar.
    """

    block = block.ValuePenalty

    def call(self, x: Any) -> dict[str, Any]:
        """Return the loss; 0 for no hits."""
        squares = tf.square(self.default - x)
        mean = tf.math.divide_no_nan(tf.reduce_sum(squares), tf.cast(tf.size(squares), squares.dtype))
        return {"loss": self.scale * mean}
