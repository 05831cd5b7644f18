"""The Keras layer of the average-distance regulariser."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.distance_regularizer import block


@keras.saving.register_keras_serializable("registry")
class DistanceRegularizer(LossLayer):
    """Keeps the typical distance of neighbours near 0.5; see the block for the formula.

    Input shape: [hits, neighbours]. Output: scalars.
    """

    block = block.DistanceRegularizer

    def call(self, squared_distances: Any) -> dict[str, Any]:
        """Return the loss and the average distance."""
        known = tf.cast(squared_distances > 0, squared_distances.dtype)
        total = tf.reduce_sum(tf.sqrt(squared_distances + 1e-3) * known, axis=1)
        of_hit = tf.math.divide_no_nan(total, tf.reduce_sum(known, axis=1))
        average = tf.math.divide_no_nan(tf.reduce_sum(of_hit), tf.cast(tf.size(of_hit), of_hit.dtype))
        return {"loss": self.strength * tf.square(average - 0.5), "average_distance": average}
