"""What a layer that keeps some hits hands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.plugins.shared.events import event_numbers, n_events, row_splits_of


def columns_of(rest: Mapping[str, Any] | None, is_track: Any) -> dict[str, Any]:
    """Return the columns to hand on by name: those of the bundle, and is_track where it is wired."""
    return {**(rest or {}), **({} if is_track is None else {"is_track": is_track})}


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
