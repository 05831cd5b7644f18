"""The Keras layer of the margin loss of pairs."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.plugins.losses.contrastive.anchors import (
    PairLayer,
    counted,
    event_means,
    normalised,
    power,
    squared_distances,
)
from registry.plugins.losses.contrastive.pairs import Others, group_hits
from registry.plugins.losses.object_condensation.hits import flat
from registry.plugins.losses.pair_margins import block


@keras.saving.register_keras_serializable("registry")
class PairMargin(PairLayer):
    """Keeps distances of directions on their sides of a boundary; see the block for the formula.

    Input shape: coordinates [hits, C], truth_index [hits, 1], row_splits [events+1]. Output: scalars.
    """

    block = block.PairMargin

    def call(
        self, coordinates: Any, truth_index: Any, row_splits: Any, training: bool | None = None, **others: Any
    ) -> dict[str, Any]:
        """Return the loss and its terms; `others` are the weights by port name."""
        groups = group_hits(flat(truth_index), row_splits)
        anchors, directions = groups.objects.members, normalised(coordinates)
        random = self.draw(anchors, self.positives + self.negatives, coordinates.dtype, training)
        same = groups.others_of_object(anchors, self.positives, random[:, : self.positives])
        apart = groups.of_other_objects(anchors, self.negatives, random[:, self.positives :])
        near, far = (power(squared_distances(directions, anchors, item.hits)) for item in (same, apart))
        weights = tf.gather(counted(others, groups, coordinates[:, 0]), anchors)
        near = tf.nn.relu(near - self.boundary + self.margin)
        share = self._shares(tf.stop_gradient(far), apart, coordinates.shape[1])
        far = tf.nn.relu(self.boundary + self.margin - far)
        costs = (near * tf.math.divide_no_nan(same.known, same.chosen[:, None]), same), (far * share, apart)
        attractive, repulsive = (
            self.scale * event_means(others, groups, anchors, weights * tf.reduce_sum(cost, axis=1), weights * some)
            for cost, some in ((cost, tf.cast(item.total > 0, cost.dtype)) for cost, item in costs)
        )
        return {"loss": attractive + repulsive, "attractive": attractive, "repulsive": repulsive}

    def _shares(self, distances: tf.Tensor, apart: Others, dimensions: int) -> tf.Tensor:
        """Return q, [anchors, negatives]."""
        if self.sampling == "uniform":
            return tf.math.divide_no_nan(apart.known, apart.chosen[:, None])
        at = tf.clip_by_value(distances, self.nearest, max(self.nearest, self.farthest))
        log_density = (dimensions - 2) * tf.math.log(at) + (dimensions - 3) / 2 * tf.math.log(1 - at**2 / 4)
        counts = (apart.known > 0) & (distances <= self.farthest)
        logits = tf.where(counts, -log_density, tf.cast(-1e30, at.dtype))
        return tf.where(counts, tf.nn.softmax(logits, axis=1), tf.zeros_like(at))
