"""The Keras layer of the graph-condensation score's loss."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.losses.graph_condensation_losses import block
from registry.plugins.losses.graph_condensation_losses.same_object import same_object
from registry.plugins.losses.object_condensation.hits import flat, hit_means

SOFT_MAXIMUM = 1e-3
"""Temperature of the soft maximum over neighbours."""


@keras.saving.register_keras_serializable("registry")
class GraphCondensationScore(LossLayer):
    """Teaches a score that selects few hits; see the block for the formula.

    Input shape: score [hits, 1], coordinates [hits, C], truth_index [hits, 1], row_splits [events+1]. Output: scalars.
    """

    block = block.GraphCondensationScore

    def call(
        self, score: Any, coordinates: Any, truth_index: Any, row_splits: Any, truth_energy: Any = None, **others: Any
    ) -> dict[str, Any]:
        """Return the loss and its two parts; `others` are the weights by port name."""
        indices, _ = nearest_neighbours(tf.stop_gradient(coordinates), row_splits, self.K - 1)
        score, truth = flat(score), flat(truth_index)
        same = tf.cast(same_object(truth, indices), score.dtype)
        scores = tf.gather(score, tf.maximum(indices, 0)) * same
        signal = tf.cast(truth >= 0, score.dtype)
        mean = hit_means(others, truth, score)
        local = mean(self._local(scores, self._required(score, truth_energy)), signal, 1e-3)
        extra = tf.reduce_sum(scores, axis=1) - signal * tf.reduce_max(scores, axis=1)
        spread = mean(extra / (tf.reduce_sum(same, axis=1) + 1e-3))
        fraction = self.penalty_fraction
        loss = self.scale * ((1 - fraction) * local + fraction * spread)
        return {"loss": loss, "local": local, "global": spread}

    def _required(self, score: tf.Tensor, truth_energy: Any) -> tf.Tensor:
        """Return req, [hits]."""
        if self.low_energy_cut <= 0:
            return tf.ones_like(score)
        return tf.cast(flat(truth_energy) > self.low_energy_cut, score.dtype)

    @staticmethod
    def _local(scores: tf.Tensor, required: tf.Tensor) -> tf.Tensor:
        """Return how far each hit is from having what is required near it, [hits]."""
        largest = SOFT_MAXIMUM * tf.reduce_logsumexp(scores / SOFT_MAXIMUM, axis=1)
        total = tf.minimum(tf.maximum(tf.reduce_sum(scores, axis=1), 0), required)
        return tf.abs(required - largest) + required - total
