"""The Keras layer of the mean-max distance regulariser."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.distance_regularizer import block


@keras.saving.register_keras_serializable("registry")
class MeanMaxDistanceRegularizer(LossLayer):
    """Keeps the distance of the furthest neighbour near 0.9; see the block for the formula.

    Input shape: [hits, neighbours]. Output: scalars.
    """

    block = block.MeanMaxDistanceRegularizer

    def call(self, squared_distances: Any) -> dict[str, Any]:
        """Return the loss, and mean and maximum of the furthest distance."""
        furthest = tf.reduce_max(tf.sqrt(squared_distances + 1e-6), axis=1)
        mean = tf.math.divide_no_nan(tf.reduce_sum(furthest), tf.cast(tf.size(furthest), furthest.dtype))
        # Distances are at least 0, so the floor matters only where there is no hit.
        largest = tf.maximum(tf.reduce_max(furthest), 0)
        loss = self.strength * (_penalty(mean - 0.9) + _penalty(largest - 0.9))
        return {"loss": loss, "mean_furthest": mean, "furthest": largest}


def _penalty(x: tf.Tensor) -> tf.Tensor:
    return tf.where(x <= 0, tf.square(x), tf.square(x) / 4)
