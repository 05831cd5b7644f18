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
    """

    block = block.LayerNormalization

    def build(self, x_shape: Shape) -> None:
        """Make gamma and beta."""
        shape = (int(x_shape[-1] or 0),)
        self._gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self._beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, x: Any, condition: Any = None) -> Any:
        """Return the normalised rows."""
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        normalised = (x - mean) * tf.math.rsqrt(variance + self.epsilon) * self._gamma + self._beta
        return normalised if condition is None else tf.where(condition > 0.5, normalised, x)
