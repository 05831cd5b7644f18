"""Which pairs of hits a loss of metric learning looks at: others of the hit's object, and hits of other objects."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from registry.plugins.losses.object_condensation.objects import Objects, find_objects


class Others(NamedTuple):
    """Hits that go with each of some anchors."""

    hits: tf.Tensor
    """Numbers of hits of the anchor's event, int32 [anchors, limit]; the anchor itself where `known` is 0."""
    known: tf.Tensor
    """1 for hits that count, else 0, [anchors, limit]."""
    total: tf.Tensor
    """How many there are to choose from, [anchors]."""

    @property
    def chosen(self) -> tf.Tensor:
        """How many were chosen, [anchors]."""
        return tf.reduce_sum(self.known, axis=1)

    @property
    def log_share(self) -> tf.Tensor:
        """Return ln(total / chosen), [anchors, 1]: added to logits it makes of a sum over the chosen one over all."""
        return tf.math.log(tf.maximum(self.total, 1) / tf.maximum(self.chosen, 1))[:, None]


class Groups(NamedTuple):
    """The hits of a batch, sorted by event and, within it, by object; the noise of an event comes last."""

    objects: Objects
    order: tf.Tensor
    """The hits in that order, int32 [hits]."""
    place: tf.Tensor
    """Where each hit is in it, int32 [hits]."""
    start: tf.Tensor
    """Where its object begins in it, int32 [hits]."""
    size: tf.Tensor
    """How many hits its object has, int32 [hits]."""
    event_start: tf.Tensor
    """Where its event begins, int32 [hits]."""
    event_size: tf.Tensor
    """How many hits its event has, int32 [hits]."""

    def others_of_object(self, anchors: tf.Tensor, limit: int, random: tf.Tensor) -> Others:
        """Return other hits of each anchor's object: all, or where they are more than `limit`, as many that are drawn.

        `anchors`: int32 [anchors]; `random` [anchors, limit]: from 0 to 1. The draw is with replacement.
        """
        number, known, total = _choose(tf.gather(self.size, anchors) - 1, limit, random)
        place = tf.gather(self.start, anchors)[:, None] + number
        place += tf.cast(place >= tf.gather(self.place, anchors)[:, None], tf.int32)
        return self._others(anchors, place, known, total)

    def of_other_objects(self, anchors: tf.Tensor, limit: int, random: tf.Tensor) -> Others:
        """Return hits of each anchor's event that are not of its object, noise among them; else the same."""
        own = tf.gather(self.size, anchors)
        number, known, total = _choose(tf.gather(self.event_size, anchors) - own, limit, random)
        place = tf.gather(self.event_start, anchors)[:, None] + number
        place += tf.where(place >= tf.gather(self.start, anchors)[:, None], own[:, None], 0)
        return self._others(anchors, place, known, total)

    def _others(self, anchors: tf.Tensor, place: tf.Tensor, known: tf.Tensor, total: tf.Tensor) -> Others:
        hits = tf.where(known > 0, tf.gather(self.order, tf.where(known > 0, place, 0)), anchors[:, None])
        return Others(hits, known, total)


def group_hits(truth_index: tf.Tensor, row_splits: tf.Tensor) -> Groups:
    """Return the hits sorted by event and object.

    Args:
        truth_index: int32 [hits], labels that are unique within an event; negative for noise.
        row_splits: int32 [events+1].
    """
    objects = find_objects(truth_index, row_splits)
    number = tf.where(objects.of_hit < 0, objects.count, objects.of_hit)
    key = tf.cast(objects.event_of_hit, tf.int64) * tf.cast(objects.count + 1, tf.int64) + tf.cast(number, tf.int64)
    order = tf.argsort(key, stable=True)
    place = tf.math.invert_permutation(order)
    _, group, sizes = tf.unique_with_counts(tf.gather(key, order))
    group = tf.gather(group, place)
    return Groups(
        objects,
        order,
        place,
        tf.gather(tf.cumsum(sizes, exclusive=True), group),
        tf.gather(sizes, group),
        tf.gather(row_splits, objects.event_of_hit),
        tf.gather(row_splits[1:] - row_splits[:-1], objects.event_of_hit),
    )


def _choose(available: tf.Tensor, limit: int, random: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return which of `available` [anchors] things are chosen: their numbers, what counts, and how many there are."""
    of_all, total = available[:, None], tf.cast(available, random.dtype)
    drawn = tf.minimum(tf.cast(random * total[:, None], tf.int32), of_all - 1)
    in_order = tf.range(limit)[None, :]
    known = tf.cast(in_order < of_all, random.dtype)
    return tf.where(of_all > limit, drawn, in_order), known, total
