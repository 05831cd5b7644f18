"""The Keras layer of the margin loss of clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.losses.contrastive.anchors import power
from registry.plugins.losses.object_condensation.hits import event_weights, flat, hit_weights
from registry.plugins.losses.object_condensation.objects import Objects, find_objects
from registry.plugins.losses.pair_margins import block


@keras.saving.register_keras_serializable("registry")
class ClusterMargin(LossLayer):
    """Gathers hits around the means of their objects, and keeps those apart; see the block for the formula.

    Input shape: coordinates [hits, C], truth_index [hits, 1], row_splits [events+1]. Output: scalars.
    """

    block = block.ClusterMargin

    def call(self, coordinates: Any, truth_index: Any, row_splits: Any, **others: Any) -> dict[str, Any]:
        """Return the loss and its terms; `others` are the block's other inputs by port name."""
        truth = flat(truth_index)
        objects = find_objects(truth, row_splits)
        members = tf.gather(coordinates, objects.members)
        weight = tf.gather(_weights(others, truth, coordinates[:, 0]), objects.members)
        total = objects.sum(weight)
        means = tf.math.divide_no_nan(objects.sum(members * weight[:, None]), total[:, None])
        counts = tf.cast(total > 0, means.dtype)
        own = counts if others.get("object_weight") is None else counts * _of_objects(others["object_weight"], objects)

        apart = power(tf.reduce_sum(tf.square(members - tf.gather(means, objects.of_member)), axis=1))
        spread = objects.sum(weight * tf.square(tf.nn.relu(apart - self.attraction_margin)))
        spread = tf.math.divide_no_nan(spread, total)
        push = self._push(means, objects, counts)
        length = self.centre_weight * power(tf.reduce_sum(tf.square(means), axis=1))

        events = event_weights(others, objects, means.dtype)
        number = tf.maximum(tf.cast(objects.events, means.dtype), 1)
        mean = tf.math.divide_no_nan(events, objects.sum_over_objects(own) * number)
        terms = {
            name: self.scale * tf.reduce_sum(mean * objects.sum_over_objects(own * values))
            for name, values in (("attractive", spread), ("repulsive", push), ("centre", length))
        }
        return {"loss": tf.add_n(list(terms.values())), **terms}

    def _push(self, means: tf.Tensor, objects: Objects, counts: tf.Tensor) -> tf.Tensor:
        """Return of each object what other means of its event cost, over their number, [objects]."""
        direction = tf.where(counts > 0, -1, 2)
        indices, squared = nearest_neighbours(means, objects.splits, self.K, direction)
        other = (indices >= 0) & (tf.range(objects.count)[:, None] != indices)
        cost = tf.square(tf.nn.relu(2 * self.repulsion_margin - power(squared)))
        total = tf.reduce_sum(tf.where(other, cost, tf.zeros_like(cost)), axis=1)
        others = tf.gather(objects.sum_over_objects(counts), objects.event) - 1
        return counts * tf.math.divide_no_nan(total, tf.maximum(others, 0))


def _weights(inputs: Mapping[str, Any], truth: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Return w, [hits]."""
    found = hit_weights(inputs, like)
    if inputs.get("energy") is not None:
        found *= tf.cast(flat(inputs["energy"]), like.dtype)
    if inputs.get("truth_fractions") is not None:
        fractions = tf.cast(inputs["truth_fractions"], like.dtype)
        share = tf.reduce_sum(tf.where(inputs["truth_objects"] == truth[:, None], fractions, 0), axis=1)
        found *= 0.1 + 0.9 * tf.clip_by_value(2 * share - 1, 0, 1)
    return found


def _of_objects(column: tf.Tensor, objects: Objects) -> tf.Tensor:
    """Return what a column [hits, 1] says of each object, [objects]."""
    return tf.math.unsorted_segment_max(tf.gather(flat(column), objects.members), objects.of_member, objects.count)
