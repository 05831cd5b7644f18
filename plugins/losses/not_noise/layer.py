"""The Keras layer of the noise filter's loss."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.not_noise import block
from registry.plugins.losses.object_condensation.hits import flat, hit_means, spectator_weights

CLIP = 1e-7
"""Smallest probability, and the offset inside the logarithms."""


@keras.saving.register_keras_serializable("registry")
class NotNoise(LossLayer):
    """Binary cross-entropy of a score against "belongs to an object"; see the block for the formula.

    Input shape: score [hits, 1], truth_index [hits, 1]. Output: scalars.
    """

    block = block.NotNoise

    def call(self, score: Any, truth_index: Any, is_track: Any = None, **others: Any) -> dict[str, Any]:
        """Return the loss, and efficiency and purity; `others` are the block's other inputs by port name."""
        score = flat(score)
        signal = flat(truth_index) >= 0
        if is_track is not None:
            signal |= flat(is_track) > 0
        truth = tf.cast(signal, score.dtype)
        weight = 1 - spectator_weights(others, score, self.spectator_threshold, self.spectator_minimum)
        loss = hit_means(others, flat(truth_index), score)(weight * self._cross_entropy(truth, score))
        probability = tf.sigmoid(score) if self.from_logits else score
        passed = tf.cast(probability > self.threshold, score.dtype)
        return {"loss": self.scale * loss, "efficiency": _mean(passed, truth), "purity": _mean(truth, passed)}

    def _cross_entropy(self, truth: tf.Tensor, score: tf.Tensor) -> tf.Tensor:
        if self.from_logits:
            return tf.nn.sigmoid_cross_entropy_with_logits(truth, score)
        score = tf.clip_by_value(score, CLIP, 1 - CLIP)
        return -truth * tf.math.log(score + CLIP) - (1 - truth) * tf.math.log(1 - score + CLIP)


def _mean(values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    return tf.math.divide_no_nan(tf.reduce_sum(values * weights), tf.reduce_sum(weights))
