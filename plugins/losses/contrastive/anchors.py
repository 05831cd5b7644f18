"""What losses of metric learning share: drawn numbers, lengths and distances with finite gradients, means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.contrastive.pairs import Groups
from registry.plugins.losses.object_condensation.hits import event_weights, flat, hit_weights

SMALLEST = 1e-24
"""Squared lengths below this count as 0."""


class PairLayer(LossLayer):
    """A loss that draws pairs of hits: by the seed and the number of the training call; in validation by the seed."""

    def setup(self) -> None:
        """Make the generator of the random numbers of training."""
        self._generator = keras.random.SeedGenerator(self.seed)

    def draw(self, anchors: tf.Tensor, columns: int, dtype: Any, training: bool | None) -> tf.Tensor:
        """Return numbers from 0 to 1, [anchors, columns]."""
        seed = self._generator.next() if training else [self.seed, 0]
        return tf.random.stateless_uniform([tf.shape(anchors)[0], columns], seed, dtype=dtype)


def normalised(z: tf.Tensor) -> tf.Tensor:
    """Return z / |z| of each row, [hits, C]; 0, with no gradient, where |z| is below 1e-12."""
    # Rows of large numbers are scaled down first: their squares would overflow.
    z = z / tf.stop_gradient(tf.maximum(tf.reduce_max(tf.abs(z), axis=1, keepdims=True), 1))
    squared = tf.reduce_sum(tf.square(z), axis=1, keepdims=True)
    return tf.where(squared > SMALLEST, z * tf.math.rsqrt(tf.maximum(squared, SMALLEST)), tf.zeros_like(z))


def power(squared: tf.Tensor, exponent: float = 1.0) -> tf.Tensor:
    """Return d^exponent of squared distances; 0, with no gradient, where the distance is 0."""
    apart = squared > 0
    found = tf.sqrt(tf.where(apart, squared, tf.ones_like(squared)))
    found = found if exponent == 1 else found**exponent
    return tf.where(apart, found, tf.zeros_like(found))


def squared_distances(x: tf.Tensor, anchors: tf.Tensor, others: tf.Tensor) -> tf.Tensor:
    """Return |x_i - x_j|² of anchors [anchors] and others [anchors, k], [anchors, k]; x: [hits, C]."""
    return tf.reduce_sum(tf.square(tf.gather(x, anchors)[:, None] - tf.gather(x, others)), axis=2)


def counted(inputs: Mapping[str, Any], groups: Groups, like: tf.Tensor) -> tf.Tensor:
    """Return how much each hit counts as an anchor, [hits]: its weight times its object's; 0 for noise."""
    found = hit_weights(inputs, like)
    if inputs.get("object_weight") is not None:
        found *= tf.cast(flat(inputs["object_weight"]), like.dtype)
    return tf.where(groups.objects.of_hit >= 0, found, tf.zeros_like(found))


def event_means(
    inputs: Mapping[str, Any], groups: Groups, anchors: tf.Tensor, values: tf.Tensor, weights: tf.Tensor
) -> tf.Tensor:
    """Return `1/n Σ_e g_e (Σ values / Σ weights)_e`, sums over the anchors of event e, of n events of weights g.

    An event whose weights are 0 adds 0. `anchors`: int32 [anchors]; `values` and `weights`: [anchors].
    """
    objects = groups.objects
    event = tf.gather(objects.event_of_hit, anchors)
    total, weight = (tf.math.unsorted_segment_sum(item, event, objects.events) for item in (values, weights))
    of_event = event_weights(inputs, objects, values.dtype) * tf.math.divide_no_nan(total, weight)
    return tf.math.divide_no_nan(tf.reduce_sum(of_event), tf.cast(objects.events, values.dtype))
