"""The Keras layer that brings a bundle of kept hits back to all hits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.graph.random_sampling import block


@keras.saving.register_keras_serializable("registry")
class RestoreHits(BlockLayer):
    """Columns of kept hits at the places of all hits, zeros elsewhere.

    Input shape: kept_hits [kept, 1], like [hits, any], rest: columns [kept, ...] by name. Output shape: the columns
    [hits, ...] by the same names, and kept [hits, 1].
    """

    block = block.RestoreHits

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
