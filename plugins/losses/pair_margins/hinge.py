"""The Keras layer of the hinge on pairs."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.losses.contrastive.anchors import PairLayer, counted, event_means, power, squared_distances
from registry.plugins.losses.contrastive.pairs import Groups, group_hits
from registry.plugins.losses.object_condensation.hits import flat
from registry.plugins.losses.pair_margins import block

Sums = tuple[tf.Tensor, tf.Tensor]
"""Of each hit: the sum of what its pairs cost, and their number, [hits]."""


@keras.saving.register_keras_serializable("registry")
class PairHinge(PairLayer):
    """Draws hits of an object together, and pushes near hits of others away; see the block for the formula.

    Input shape: coordinates [hits, C], truth_index [hits, 1], row_splits [events+1]. Output: scalars.
    """

    block = block.PairHinge

    def call(
        self, coordinates: Any, truth_index: Any, row_splits: Any, training: bool | None = None, **others: Any
    ) -> dict[str, Any]:
        """Return the loss and its terms; `others` are the weights by port name."""
        groups = group_hits(flat(truth_index), row_splits)
        anchors = groups.objects.members
        weights = tf.gather(counted(others, groups, coordinates[:, 0]), anchors)
        near, pairs = self._attraction(coordinates, groups, anchors, training)
        far, hard = self._repulsion(coordinates, groups, anchors, row_splits)
        over = {"hits": tf.ones_like(weights), "pairs": hard, "attractive_pairs": pairs}[self.repulsion_mean]
        attractive = event_means(others, groups, anchors, weights * near, weights * pairs)
        repulsive = self.repulsion_weight * event_means(others, groups, anchors, weights * far, weights * over)
        attractive, repulsive = self.scale * attractive, self.scale * repulsive
        return {"loss": attractive + repulsive, "attractive": attractive, "repulsive": repulsive}

    def _attraction(self, x: tf.Tensor, groups: Groups, anchors: tf.Tensor, training: bool | None) -> Sums:
        random = self.draw(anchors, self.positives, x.dtype, training)
        others = groups.others_of_object(anchors, self.positives, random)
        distances = power(squared_distances(x, anchors, others.hits), self.attraction_power)
        return tf.reduce_sum(others.known * distances, axis=1), others.chosen

    def _repulsion(self, x: tf.Tensor, groups: Groups, anchors: tf.Tensor, row_splits: tf.Tensor) -> Sums:
        of_hit = groups.objects.of_hit
        # Noise has no neighbours, but is one.
        direction = tf.where(of_hit >= 0, -1, 0)
        indices, squared = nearest_neighbours(x, row_splits, self.K, direction)
        indices, squared = tf.gather(indices, anchors), tf.gather(squared, anchors)
        other = tf.gather(of_hit, tf.maximum(indices, 0)) != tf.gather(of_hit, anchors)[:, None]
        hard = (indices >= 0) & other & (squared < self.radius**2)
        cost = tf.nn.relu(self.radius - power(squared, self.repulsion_power))
        hard = tf.cast(hard, x.dtype)
        return tf.reduce_sum(hard * cost, axis=1), tf.reduce_sum(hard, axis=1)
