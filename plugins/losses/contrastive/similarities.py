"""Similarities of hits to others of their object, and to hits that are not."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from registry.plugins.losses.contrastive.anchors import PairLayer, counted, event_means, normalised, squared_distances
from registry.plugins.losses.contrastive.pairs import Groups, Others, group_hits
from registry.plugins.losses.object_condensation.hits import flat

NOTHING = -1e30
"""The logit of what is not there."""


class Similarities(NamedTuple):
    """How similar anchors are to other hits, over the temperature."""

    positives: Others
    within: tf.Tensor
    """To others of the object, [anchors, positives]; `NOTHING` where there are none."""
    negatives: Others
    apart: tf.Tensor
    """To hits of other objects, [anchors, negatives]."""

    def mean_of_positives(self, values: tf.Tensor) -> tf.Tensor:
        """Return the means of values [anchors, positives] over the known positives, [anchors]."""
        known = tf.where(self.positives.known > 0, values, tf.zeros_like(values))
        return tf.reduce_sum(known, axis=1) / tf.maximum(self.positives.chosen, 1)


class ContrastiveLayer(PairLayer):
    """A mean over hits of what their similarities to others cost; subclasses define `cost`.

    Input shape: coordinates [hits, C], truth_index [hits, 1], row_splits [events+1], weights [hits, 1] (optional).
    Output: a scalar.
    """

    lone_hits = False

    def call(
        self, coordinates: Any, truth_index: Any, row_splits: Any, training: bool | None = None, **others: Any
    ) -> dict[str, Any]:
        """Return the loss; `others` are the weights by port name."""
        groups = group_hits(flat(truth_index), row_splits)
        fewest = 1 if self.lone_hits else 2
        anchors = tf.boolean_mask(groups.objects.members, tf.gather(groups.size, groups.objects.members) >= fewest)
        weights = tf.gather(counted(others, groups, coordinates[:, 0]), anchors)
        cost = self.cost(self._similarities(coordinates, groups, anchors, training))
        return {"loss": self.scale * event_means(others, groups, anchors, weights * cost, weights)}

    def cost(self, found: Similarities) -> tf.Tensor:
        """Return what each anchor costs, [anchors]; 0 without another hit of its object."""
        raise NotImplementedError

    def _similarities(self, z: tf.Tensor, groups: Groups, anchors: tf.Tensor, training: bool | None) -> Similarities:
        random = self.draw(anchors, self.positives + self.negatives, z.dtype, training)
        z = normalised(z) if self.similarity == "cosine" else z
        positives = groups.others_of_object(anchors, self.positives, random[:, : self.positives])
        negatives = groups.of_other_objects(anchors, self.negatives, random[:, self.positives :])
        return Similarities(
            positives, self._logits(z, anchors, positives), negatives, self._logits(z, anchors, negatives)
        )

    def _logits(self, z: tf.Tensor, anchors: tf.Tensor, others: Others) -> tf.Tensor:
        if self.similarity == "cosine":
            similar = tf.einsum("ac,akc->ak", tf.gather(z, anchors), tf.gather(z, others.hits))
        else:
            similar = -squared_distances(z, anchors, others.hits)
        return tf.where(others.known > 0, similar / self.temperature, tf.cast(NOTHING, z.dtype))
