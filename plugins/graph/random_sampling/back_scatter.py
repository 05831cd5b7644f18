"""The Keras layer that brings rows of kept hits back to all hits."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.random_sampling import block


@keras.saving.register_keras_serializable("registry")
class BackScatter(BlockLayer):
    """Rows of kept hits at the places of all hits.

    Input shape: x [kept, features], kept_hits [kept, 1], like [hits, any], otherwise [hits, features] (optional).
    Output shape: [hits, features].
    """

    block = block.BackScatter

    def call(self, x: Any, kept_hits: Any, like: Any, otherwise: Any = None) -> Any:
        """Return one row for every hit."""
        if otherwise is None:
            otherwise = tf.fill([tf.shape(like)[0], x.shape[-1]], tf.cast(self.default, x.dtype))
        return tf.tensor_scatter_nd_update(otherwise, kept_hits, x)

    def compute_output_shape(
        self, x_shape: Shape, kept_hits_shape: Shape, like_shape: Shape, otherwise_shape: Shape | None = None
    ) -> Shape:
        """Return [hits, features]."""
        return (like_shape[0], x_shape[-1])
