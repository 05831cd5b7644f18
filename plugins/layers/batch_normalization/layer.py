"""The Keras layer of batch normalisation over hits."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer, Shape
from registry.plugins.layers.batch_normalization import block


@keras.saving.register_keras_serializable("registry")
class BatchNormalization(SameShapeLayer):
    """Normalisation of every column over the hits of the batch; by running averages outside training.

    Input shape: x [hits, features], condition [hits, 1] (optional). Output shape: [hits, features].
    The statistics have 32 bits whatever x has.
    """

    block = block.BatchNormalization

    def build(self, x_shape: Shape) -> None:
        """Make gamma, beta and the running averages."""
        exact = {"shape": (int(x_shape[-1] or 0),), "autocast": False}
        self._gamma = self.add_weight(initializer="ones", name="gamma", **exact)
        self._beta = self.add_weight(initializer="zeros", name="beta", **exact)
        self._mean = self.add_weight(initializer="zeros", trainable=False, name="moving_mean", **exact)
        self._variance = self.add_weight(initializer="ones", trainable=False, name="moving_variance", **exact)

    def call(self, x: Any, condition: Any = None, training: bool | None = None) -> Any:
        """Return the normalised rows."""
        given, x = x, tf.cast(x, self.variable_dtype)
        mean, variance = tf.convert_to_tensor(self._mean), tf.convert_to_tensor(self._variance)
        if training and self.trainable:
            mean, variance = self._statistics(x, condition)
        normalised = (x - mean) * tf.math.rsqrt(variance + self.epsilon) * self._gamma + self._beta
        normalised = tf.cast(normalised, self.compute_dtype)
        return normalised if condition is None else tf.where(condition > 0.5, normalised, given)

    def _statistics(self, x: Any, condition: Any) -> tuple[Any, Any]:
        """Return the batch's mean and variance, and move the running averages towards them."""
        counted = tf.ones_like(x[:, :1]) if condition is None else tf.cast(condition > 0.5, x.dtype)
        total = tf.reduce_sum(counted)
        mean = tf.math.divide_no_nan(tf.reduce_sum(x * counted, axis=0), total)
        variance = tf.math.divide_no_nan(tf.reduce_sum((x - mean) ** 2 * counted, axis=0), total)
        flow = tf.where(total > 0, tf.cast(1 - self.momentum, x.dtype), tf.zeros([], x.dtype))
        for running, value in ((self._mean, mean), (self._variance, variance)):
            running.assign(running + flow * (tf.stop_gradient(value) - running))
        return mean, variance
