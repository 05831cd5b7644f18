"""Draws hits of large events."""

from __future__ import annotations

import keras
import tensorflow as tf

from registry.plugins.losses.object_condensation.objects import events_of_hits


def draw_hits(
    row_splits: tf.Tensor, maximum: tf.Tensor | int, seed: keras.random.SeedGenerator
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return hit numbers, int32 [drawn], and their row splits, int32 [events+1].

    Of events with more than `maximum` hits that many are drawn, uniformly and with replacement; of the others all hits
    are returned in order.
    """
    sizes = row_splits[1:] - row_splits[:-1]
    splits = tf.concat([[0], tf.cumsum(tf.minimum(sizes, maximum))], axis=0)
    event = events_of_hits(splits, splits[-1])
    size = tf.gather(sizes, event)
    in_order = tf.range(splits[-1]) - tf.gather(splits, event)
    uniform = keras.random.uniform((splits[-1],), seed=seed)
    drawn = tf.minimum(tf.cast(uniform * tf.cast(size, uniform.dtype), tf.int32), size - 1)
    position = tf.where(size > maximum, drawn, in_order)
    return tf.gather(row_splits, event) + position, splits
