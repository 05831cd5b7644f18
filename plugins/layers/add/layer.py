"""The Keras layer of the sum of several tensors."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.add import block


@keras.saving.register_keras_serializable("registry")
class Add(BlockLayer):
    """The sum of several tensors.

    Input shape: a list of [hits, features]. Output shape: [hits, features].
    """

    block = block.Add

    def call(self, x: list[Any]) -> Any:
        """Return the sum."""
        return tf.add_n(x)

    def compute_output_shape(self, x_shape: list[Shape]) -> Shape:
        """Return [hits, features]."""
        return x_shape[0]
