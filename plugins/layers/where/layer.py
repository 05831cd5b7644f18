"""The Keras layer of the replacement of rows by a number."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.where import block

CONDITIONS = {
    ">0": tf.greater,
    ">=0": tf.greater_equal,
    "<0": tf.less,
    "<=0": tf.less_equal,
    "==0": tf.equal,
    "!=0": tf.not_equal,
}


@keras.saving.register_keras_serializable("registry")
class Where(BlockLayer):
    """A fixed number in the rows where a condition holds.

    Input shape: condition [hits, 1], x [hits, features]. Output shape: [hits, features].
    """

    block = block.Where

    def call(self, condition: Any, x: Any) -> Any:
        """Return x with the chosen rows replaced."""
        holds = CONDITIONS[self.condition](condition, tf.zeros_like(condition))
        return tf.where(holds, tf.cast(self.outputval, x.dtype), x)

    def compute_output_shape(self, condition_shape: Shape, x_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape
