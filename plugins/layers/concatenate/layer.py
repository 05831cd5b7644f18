"""The Keras layer of concatenation."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.concatenate import block


@keras.saving.register_keras_serializable("registry")
class Concatenate(BlockLayer):
    """Columns of several tensors side by side.

    Input shape: a list of [hits, features]. Output shape: [hits, sum of features].
    """

    block = block.Concatenate

    def call(self, x: list[Any]) -> Any:
        """Return the joined columns."""
        return tf.concat(x, axis=-1)

    def compute_output_shape(self, x_shape: list[Shape]) -> Shape:
        """Return [hits, sum of features]."""
        return (x_shape[0][0], sum(int(shape[-1] or 0) for shape in x_shape))
