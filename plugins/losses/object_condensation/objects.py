"""Which objects there are in a batch, and which hits belong to them."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Objects(NamedTuple):
    """The true objects of a batch: distinct (event, truth index >= 0), by first appearance, so grouped by event."""

    of_hit: tf.Tensor
    """Number of the object each hit belongs to, -1 for noise, int32 [hits]."""
    event_of_hit: tf.Tensor
    """int32 [hits]."""
    event: tf.Tensor
    """Event of each object, int32 [objects]."""
    splits: tf.Tensor
    """Where the objects of each event start, and the last one ends, int32 [events+1]."""
    members: tf.Tensor
    """The hits that belong to an object, int32 [members]."""
    of_member: tf.Tensor
    """The objects those belong to, int32 [members]."""

    @property
    def count(self) -> tf.Tensor:
        """The number of objects, a scalar."""
        return tf.shape(self.event)[0]

    @property
    def events(self) -> tf.Tensor:
        """The number of events, a scalar."""
        return tf.shape(self.splits)[0] - 1

    def hits(self, dtype: tf.DType) -> tf.Tensor:
        """Return the number of hits of each object, [objects]."""
        return self.sum(tf.ones_like(self.of_member, dtype))

    def event_hits(self, dtype: tf.DType) -> tf.Tensor:
        """Return the number of hits of each event, [events]."""
        return self.event_sum(tf.ones_like(self.event_of_hit, dtype))

    def sum(self, values: tf.Tensor) -> tf.Tensor:
        """Sum values of members, [members, ...], per object."""
        return tf.math.unsorted_segment_sum(values, self.of_member, self.count)

    def event_sum(self, values: tf.Tensor) -> tf.Tensor:
        """Sum values of hits, [hits, ...], per event."""
        return tf.math.unsorted_segment_sum(values, self.event_of_hit, self.events)

    def sum_over_objects(self, values: tf.Tensor) -> tf.Tensor:
        """Sum values of objects, [objects, ...], per event."""
        return tf.math.unsorted_segment_sum(values, self.event, self.events)


def events_of_hits(row_splits: tf.Tensor, hits: tf.Tensor) -> tf.Tensor:
    """Return the event of every hit, int32 [hits]; events may be empty."""
    return tf.searchsorted(row_splits[1:], tf.range(hits, dtype=row_splits.dtype), side="right", out_type=tf.int32)


def find_objects(truth_index: tf.Tensor, row_splits: tf.Tensor) -> Objects:
    """Return the objects of a batch.

    Args:
        truth_index: int32 [hits], labels that are unique within an event; negative for noise.
        row_splits: int32 [events+1].
    """
    hits = tf.shape(truth_index)[0]
    event_of_hit = events_of_hits(row_splits, hits)
    members = tf.cast(tf.where(truth_index >= 0)[:, 0], tf.int32)
    label = tf.cast(tf.gather(truth_index, members), tf.int64)
    labels_per_event = tf.constant(2**32, tf.int64)
    keys, of_member = tf.unique(tf.cast(tf.gather(event_of_hit, members), tf.int64) * labels_per_event + label)
    event = tf.cast(keys // labels_per_event, tf.int32)
    events = tf.shape(row_splits)[0] - 1
    splits = tf.searchsorted(event, tf.range(events + 1), side="left", out_type=tf.int32)
    of_hit = tf.tensor_scatter_nd_update(tf.fill([hits], -1), members[:, tf.newaxis], of_member)
    return Objects(of_hit, event_of_hit, event, splits, members, of_member)
