"""The Keras layers that bring kept hits back to all hits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable("registry")
class BackScatter(BlockLayer):
    """Rows of kept hits at the places of all hits (blocks.md 4.6).

    Input shape: x [kept, features], kept_hits [kept, 1], like [hits, any], otherwise [hits, features] (optional).
    Output shape: [hits, features].
    """

    def __init__(self, *, default: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.default = default

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


@keras.saving.register_keras_serializable("registry")
class RestoreHits(BlockLayer):
    """Columns of kept hits at the places of all hits, zeros elsewhere (blocks.md 4.6).

    Input shape: kept_hits [kept, 1], like [hits, any], rest: columns [kept, ...] by name. Output shape: the columns
    [hits, ...] by the same names, and kept [hits, 1].
    """

    def call(self, kept_hits: Any, like: Any, rest: Mapping[str, Any]) -> dict[str, Any]:
        """Return one row of every column for every hit."""
        hits = tf.shape(like)[0]
        columns = {**rest, "kept": tf.ones([tf.shape(kept_hits)[0], 1])}
        return {
            name: tf.scatter_nd(kept_hits, column, tf.concat([[hits], tf.shape(column)[1:]], axis=0))
            for name, column in columns.items()
        }

    def compute_output_spec(self, kept_hits: Any, like: Any, rest: Mapping[str, Any]) -> dict[str, Any]:
        """Return the shapes."""
        hits = like.shape[0]
        columns = {name: keras.KerasTensor((hits, *column.shape[1:]), column.dtype) for name, column in rest.items()}
        return {**columns, "kept": keras.KerasTensor((hits, 1), "float32")}
