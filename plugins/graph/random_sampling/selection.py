"""The Keras layer that chooses rows, and the columns a choosing layer hands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer
from registry.plugins.shared.events import event_numbers, n_events, row_splits_of


def keep(mask: Any, row_splits: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return kept_hits [kept, 1], the new row splits, and the kept rows of every column; mask [hits]."""
    kept = tf.cast(tf.where(mask), tf.int32)
    event = tf.gather(event_numbers(row_splits, tf.shape(mask)[0]), kept[:, 0])
    rows = {name: tf.gather(column, kept[:, 0]) for name, column in columns.items()}
    return {**rows, "kept_hits": kept, "row_splits": row_splits_of(event, n_events(row_splits))}


def kept_specs(row_splits: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shapes of what `keep` returns."""
    rows = {name: keras.KerasTensor((None, *column.shape[1:]), column.dtype) for name, column in columns.items()}
    splits = keras.KerasTensor(row_splits.shape, "int32")
    return {**rows, "kept_hits": keras.KerasTensor((None, 1), "int32"), "row_splits": splits}


@keras.saving.register_keras_serializable("registry")
class SelectHits(BlockLayer):
    """The rows of chosen hits (blocks.md 3.6).

    Input shape: kept_hits [kept, 1], rest: columns [hits, ...] by name. Output shape: [kept, ...] by the same names.
    """

    def call(self, kept_hits: Any, rest: Mapping[str, Any], row_splits: Any = None) -> dict[str, Any]:
        """Return the chosen rows."""
        return {name: tf.gather(column, kept_hits[:, 0]) for name, column in rest.items()}

    def compute_output_spec(self, kept_hits: Any, rest: Mapping[str, Any], row_splits: Any = None) -> dict[str, Any]:
        """Return the shapes."""
        kept = kept_hits.shape[0]
        return {name: keras.KerasTensor((kept, *column.shape[1:]), column.dtype) for name, column in rest.items()}
