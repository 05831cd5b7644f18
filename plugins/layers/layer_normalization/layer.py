"""The Keras layer of the normalisation over features."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer, Shape
from registry.plugins.layers.layer_normalization import block


@keras.saving.register_keras_serializable("registry")
class LayerNormalization(SameShapeLayer):
    """Normalisation of every hit over its own features.

    Input shape: x [hits, features], condition [hits, 1] (optional). Output shape: [hits, features].
    Mean and variance have 32 bits whatever x has.
    """

    block = block.LayerNormalization

    def build(self, x_shape: Shape) -> None:
        """Make gamma and beta."""
        exact = {"shape": (int(x_shape[-1] or 0),), "autocast": False}
        self._gamma = self.add_weight(initializer="ones", name="gamma", **exact)
        self._beta = self.add_weight(initializer="zeros", name="beta", **exact)

    def call(self, x: Any, condition: Any = None) -> Any:
        """Return the normalised rows."""
        given, x = x, tf.cast(x, self.variable_dtype)
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        normalised = (x - mean) * tf.math.rsqrt(variance + self.epsilon) * self._gamma + self._beta
        normalised = tf.cast(normalised, self.compute_dtype)
        return normalised if condition is None else tf.where(condition > 0.5, normalised, given)
