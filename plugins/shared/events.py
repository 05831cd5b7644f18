"""Which event a hit belongs to, and where in it."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def event_numbers(row_splits: Any, hits: Any) -> Any:
    """Return the event of each of `hits` (a number) hits, int32 [hits]; row_splits [events + 1].

    It is the number of events that end at the hit or before it. Operations that every format of networks knows.
    """
    ends = row_splits[1:, None]
    counts = tf.zeros([hits + 1], tf.int32)
    counts = tf.tensor_scatter_nd_add(counts, ends, tf.ones_like(row_splits[1:], tf.int32))
    return tf.cumsum(counts)[:hits]


def n_events(row_splits: Any) -> Any:
    """Return the number of events."""
    return tf.shape(row_splits)[0] - 1


def row_splits_of(event: Any, events: Any) -> Any:
    """Return the row splits of hits that are sorted by event: int32 [events + 1] from event numbers [hits]."""
    counts = tf.math.bincount(event, minlength=events, maxlength=events, dtype=tf.int32)
    return tf.concat([[0], tf.cumsum(counts)], axis=0)
