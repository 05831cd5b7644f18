"""The Keras layer of columns that are computed from others by expressions."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.layers.expressions import block
from registry.plugins.shared.tensor_expressions import evaluated


@keras.saving.register_keras_serializable("registry")
class Expressions(BlockLayer):
    """Columns computed from those of a tensor by expressions.

    Input shape: [hits, features]. Output shape: [hits, expressions].
    """

    block = block.Expressions

    def call(self, x: Any) -> Any:
        """Return the columns."""
        given = dict(zip(self.names, tf.unstack(x, axis=1), strict=True))
        return tf.stack([tf.cast(evaluated(text, given.__getitem__), x.dtype) for text in self.columns], axis=1)

    def compute_output_shape(self, x_shape: Shape) -> Shape:
        """Return [hits, expressions]."""
        return (x_shape[0], len(self.columns))
