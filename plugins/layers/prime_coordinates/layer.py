"""The Keras layer of projective coordinates."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer
from registry.plugins.layers.prime_coordinates import block


@keras.saving.register_keras_serializable("registry")
class PrimeCoordinates(SameShapeLayer):
    """Projective coordinates of a position.

    Input shape: [hits, 3], cm. Output shape: [hits, 3].
    """

    block = block.PrimeCoordinates

    def call(self, coordinates: Any) -> Any:
        """Return x/(10 z), y/(10 z) and the distance from the origin in metres."""
        depth = coordinates[:, 2:] if self.new_prime else 10 * coordinates[:, 2:]
        # On the plane z = 0 the projection has no value (docs/faults.md, Q-19): it is 0 there, and its gradient too.
        projected = tf.math.divide_no_nan(coordinates[:, :2], depth)
        radius = tf.sqrt(tf.reduce_sum(coordinates**2, axis=-1, keepdims=True) + 1e-2) / 100
        return tf.concat([projected, radius], axis=-1)
