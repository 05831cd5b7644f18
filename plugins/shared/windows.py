"""Windows: the hits of an event, in some order, cut into groups of a bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from registry.plugins.shared.events import event_numbers, n_events

KEY_BITS = 40
"""Hits are sorted by whole numbers of so many bits, above which the number of the group stands."""


class Windows(NamedTuple):
    """One order of all hits, cut into windows."""

    hits: Any
    """The hit in each place of each window, int32 [windows, size]; -1 for none."""
    place: Any
    """The place of each hit, int32 [hits], counted through all windows: window * size + place in the window."""


def windows_of(keys: Sequence[Any], row_splits: Any, size: int) -> Windows:
    """Return windows of at most `size` hits of one event, equally full within what is cut together.

    With one key, the hits of every event are sorted by it and cut into ceil(hits / size) windows. With m keys, each cut
    makes ceil((hits / size)^(1 / m)) slabs, which the next key sorts and cuts in turn: a window is narrow along all.

    Args:
        keys: for each cut, int64 [hits], 0 to 2^40 - 1; of equal ones, the lower hit number comes first.
        row_splits: int [events + 1].
        size: hits of a window at most.
    """
    hits = tf.shape(keys[0])[0]
    group, groups = event_numbers(row_splits, hits), n_events(row_splits)
    for number, key in enumerate(keys):
        order, place, part, parts = _cut(key, group, groups, size, len(keys) - number)
        group, groups = tf.scatter_nd(order[:, None], part, tf.shape(part)), parts
    place += size * part
    table = tf.scatter_nd(place[:, None], order + 1, [groups * size]) - 1
    return Windows(tf.reshape(table, [-1, size]), tf.scatter_nd(order[:, None], place, tf.shape(place)))


def _cut(key: Any, group: Any, groups: Any, size: int, left: int) -> tuple[Any, Any, Any, Any]:
    """Sort the hits of every group and cut them into equal parts; `left`: cuts that are to come, this one included.

    Returns the hits in order, the place of each in its part, the number of the part, all [hits], and how many parts
    there are.
    """
    count = tf.math.unsorted_segment_sum(tf.ones_like(group), group, groups)
    wanted = _parts(count, size, left)
    order = tf.argsort(tf.cast(group, tf.int64) * 2**KEY_BITS + key, stable=True)
    group = tf.gather(group, order)
    rank = tf.range(tf.shape(group)[0]) - tf.gather(tf.cumsum(count, exclusive=True), group)
    # Products of two numbers of hits: 32 bits would do up to a million.
    rank, n, m = (tf.cast(item, tf.int64) for item in (rank, tf.gather(count, group), tf.gather(wanted, group)))
    part = rank * m // n
    place = rank - (part * n + m - 1) // m
    number = tf.gather(tf.cumsum(wanted, exclusive=True), group) + tf.cast(part, tf.int32)
    return order, tf.cast(place, tf.int32), number, tf.reduce_sum(wanted)


def _parts(count: Any, size: int, left: int) -> Any:
    """Return into how many parts each group is cut, int32 [groups]; 0 for one without hits."""
    if left == 1:
        return (count + size - 1) // size
    # Round-off of the root makes no further part.
    root = tf.cast(count, tf.float32) / size
    found = tf.cast(tf.math.ceil(root ** (1 / left) - 1e-3), tf.int32)
    return tf.maximum(found, tf.minimum(count, 1))


def scaled_to_event(values: Any, row_splits: Any, together: bool) -> Any:
    """Return values as fractions of the range that they have in their event, 0 to 1, of the same shape.

    Args:
        values: [hits, columns]; those that are not finite count as 0.
        row_splits: int [events + 1].
        together: all columns are divided by the largest range among them, so that distances keep their ratios.
    """
    values = tf.where(tf.math.is_finite(values), values, tf.zeros_like(values))
    event, events = event_numbers(row_splits, tf.shape(values)[0]), n_events(row_splits)
    low = tf.gather(tf.math.unsorted_segment_min(values, event, events), event)
    span = tf.gather(tf.math.unsorted_segment_max(values, event, events), event) - low
    if together:
        span = tf.reduce_max(span, axis=1, keepdims=True)
    return tf.clip_by_value(tf.math.divide_no_nan(values - low, span), 0, 1)
