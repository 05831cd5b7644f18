"""The Keras layer of the loss that keeps one hit of every neighbourhood."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.losses.graph_condensation_losses.same_object import same_object
from registry.plugins.losses.link_losses import block
from registry.plugins.losses.object_condensation.hits import flat, hit_means

SMALLEST = 1e-6
"""Scores are kept this far from 0 and 1."""


@keras.saving.register_keras_serializable("registry")
class BestNeighbourScore(LossLayer):
    """Teaches a score by which one hit near every hit of an object is kept; see the block for the formula.

    Input shape: score [hits, 1], coordinates [hits, C], truth_index [hits, 1], row_splits [events+1], truth_energy
    [hits, 1] (optional). Output: scalars.
    """

    block = block.BestNeighbourScore

    def call(
        self, score: Any, coordinates: Any, truth_index: Any, row_splits: Any, truth_energy: Any = None, **others: Any
    ) -> dict[str, Any]:
        """Return the loss; `others` are the weights by port name."""
        places, truth, score = tf.stop_gradient(coordinates), flat(truth_index), flat(score)
        indices, _ = nearest_neighbours(places, row_splits, self.K - 1)
        at = tf.maximum(indices, 0)
        signal = tf.cast(truth >= 0, score.dtype)
        same = tf.cast(same_object(truth, indices), score.dtype) * signal[:, None]
        scores = tf.where(indices >= 0, tf.gather(score, at), 0)
        best = tf.argmax(same * scores, axis=1, output_type=tf.int32)
        weights = self._weights(places, at, best, same)
        target = tf.one_hot(best, self.K, dtype=score.dtype) * signal[:, None]
        if self.low_energy_cut > 0:
            target *= tf.cast(tf.gather(flat(truth_energy), at) >= self.low_energy_cut, score.dtype)
        kept = tf.clip_by_value(scores, SMALLEST, 1 - SMALLEST)
        entropy = (1 - weights) * target * tf.math.log(kept) + weights * (1 - target) * tf.math.log(1 - kept)
        mean = hit_means(others, truth, score)
        total = mean(-tf.reduce_sum(entropy, axis=1), signal, 0.1)
        penalty = -tf.math.log(1 - tf.clip_by_value(score, SMALLEST, 1 - SMALLEST))
        return {"loss": self.scale * (total + self.noise_weight * mean(penalty, 1 - signal))}

    def _weights(self, places: Any, at: Any, best: Any, same: Any) -> Any:
        """Return w, [hits, K]: how near each neighbour is to the best one of the object."""
        centre = best if self.legacy_place else tf.gather(at, best, axis=1, batch_dims=1)
        distances = tf.reduce_sum(tf.square(tf.gather(places, at) - tf.gather(places, centre)[:, None]), axis=2)
        near = same * tf.exp(-distances)
        weights = tf.math.divide_no_nan(near, tf.reduce_sum(near, axis=1, keepdims=True))
        if not self.lone_hits:
            return weights
        return tf.where(tf.reduce_sum(same, axis=1, keepdims=True) > 1, weights, 0.0)
