"""The Keras layer of the GravNet-space regulariser."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.loss_layer import LossLayer
from registry.plugins.losses.gravnet_space_regularizer import block


@keras.saving.register_keras_serializable("registry")
class GravnetSpaceRegularizer(LossLayer):
    """Makes distances in a GravNet space resemble those in the detector; see the block for the formula.

    Input shape: squared_distances and neighbour_indices [hits, neighbours], coordinates [hits, P]. Output: scalars.
    """

    block = block.GravnetSpaceRegularizer

    def call(self, squared_distances: Any, coordinates: Any, neighbour_indices: Any) -> dict[str, Any]:
        """Return the loss."""
        points = coordinates[:, :2]
        if self.project:
            points = coordinates / tf.sqrt(tf.reduce_sum(tf.square(coordinates), axis=1, keepdims=True) + 1e-6)
        neighbours = tf.gather(points, tf.maximum(neighbour_indices, 0))
        known = tf.cast(neighbour_indices >= 0, squared_distances.dtype)
        detector = known * tf.reduce_sum(tf.square(points[:, tf.newaxis, :] - neighbours), axis=2)
        difference = tf.square(_softmax(detector) - _softmax(known * squared_distances))
        size = tf.cast(tf.size(difference), difference.dtype)
        return {"loss": self.scale * tf.math.divide_no_nan(tf.reduce_sum(difference), size)}


def _softmax(squared_distances: tf.Tensor) -> tf.Tensor:
    return tf.nn.softmax(tf.sqrt(squared_distances + 1e-6), axis=1)
