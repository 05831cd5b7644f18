"""The Keras layer of the row-wise choice."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.mix_where import block


@keras.saving.register_keras_serializable("registry")
class MixWhere(BlockLayer):
    """Rows of `x` where the condition is above 0, rows of `otherwise` elsewhere.

    Input shape: condition [hits, 1], x and otherwise [hits, features]. Output shape: [hits, features].
    """

    block = block.MixWhere

    def call(self, condition: Any, x: Any, otherwise: Any) -> Any:
        """Return the chosen rows."""
        return tf.where(condition > 0, x, otherwise)

    def compute_output_shape(self, condition_shape: Shape, x_shape: Shape, otherwise_shape: Shape) -> Shape:
        """Return [hits, features]."""
        return x_shape
