"""The Keras layer of the gooey batch normalisation."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from registry.contract.layer import SameShapeLayer, Shape
from registry.plugins.kernels.normalisation import column_sums, normalise
from registry.plugins.layers.gooey_batchnorm import block


@keras.saving.register_keras_serializable("registry")
class GooeyBatchnorm(SameShapeLayer):
    """Running normalisation whose statistics grow more viscous with time, then an affine map.

    Input shape: x [hits, features], condition [hits, 1] (optional). Output shape: [hits, features].
    The statistics move only in training, and only while the layer is trainable; they have 32 bits whatever x has.
    """

    block = block.GooeyBatchnorm
    _current_viscosity: Any = None

    def build(self, x_shape: Shape) -> None:
        """Make bias, gamma, mean, den and the viscosity."""
        shape, affine, exact = (1, int(x_shape[-1] or 0)), not self.no_bias_gamma, {"autocast": False}
        self._bias = self.add_weight(shape=shape, initializer="zeros", trainable=affine, name="bias", **exact)
        self._gamma = self.add_weight(shape=shape, initializer="ones", trainable=affine, name="gamma", **exact)
        self._mean = self.add_weight(shape=shape, initializer="zeros", trainable=self.learn, name="mean", **exact)
        self._den = self.add_weight(shape=shape, initializer="ones", trainable=self.learn, name="den", **exact)
        if not self.learn:
            start = keras.initializers.Constant(self.viscosity)
            options = {"initializer": start, "trainable": False, **exact}
            self._current_viscosity = self.add_weight(shape=(), name="viscosity", **options)

    @property
    def weights(self) -> list[Any]:
        """The weights in the order of `build`, which Keras would change when some are trained and others are not."""
        if not self.built:
            return []
        optional = [] if self._current_viscosity is None else [self._current_viscosity]
        return [self._bias, self._gamma, self._mean, self._den, *optional]

    def call(self, x: Any, condition: Any = None, training: bool | None = None) -> Any:
        """Return the normalised rows; in training, move the statistics first."""
        given, x = x, tf.cast(x, self.variable_dtype)
        selected = None if condition is None else self._selected(condition)
        if training and self.trainable:
            self._update(x, self._counted(x, condition, selected))
        scale = tf.abs(self._den) + self.epsilon
        normalised = normalise(x, self._mean, scale, self._gamma, self._bias)
        normalised = tf.cast(normalised, self.compute_dtype)
        return normalised if selected is None else tf.where(selected, normalised, given)

    def _selected(self, condition: Any) -> Any:
        return condition <= 0.5 if self.invert_condition else condition > 0.5

    def _counted(self, x: Any, condition: Any, selected: Any) -> Any:
        """Return 1 for the rows that enter the statistics, 0 for the others, [hits, 1]; None if all do."""
        if selected is None:
            return None
        return tf.cast(condition > 0.5 if self.legacy_inverted_statistics else selected, x.dtype)

    def _update(self, x: Any, counted: Any) -> None:
        x = tf.stop_gradient(x)
        if self.learn:
            mean, _ = self._averages(x, self._mean, counted)
            _, spread = self._averages(x, mean, counted)
            self.add_loss(tf.reduce_mean((self._mean - mean) ** 2 + (self._den - spread) ** 2))
            return
        mean, den = self._averages(x, self._mean, counted)
        # A sum that overflows leaves the statistics as they are.
        mean = tf.where(tf.math.is_finite(mean), mean, self._mean)
        den = tf.where(tf.math.is_finite(den), den, self._den)
        flow = 1 - self._current_viscosity
        new_mean, new_den = self._mean + flow * (mean - self._mean), self._den + flow * (den - self._den)
        self._mean.assign(new_mean)
        self._den.assign(new_den)
        if self.fluidity_decay:
            rise = (self.max_viscosity - self._current_viscosity) * self.fluidity_decay
            self._current_viscosity.assign(self._current_viscosity + rise)

    def _averages(self, x: Any, centre: Any, counted: Any) -> tuple[Any, Any]:
        """Return the mean of the rows, and their spread around `centre`, both [1, features]."""
        sums: list[Any]
        if counted is None:
            rows, *sums = column_sums(x, centre, squares=not self.no_gaus)
        else:
            steps = tf.abs(x - centre) if self.no_gaus else (x - centre) ** 2
            rows = tf.reduce_sum(counted)
            sums = [tf.reduce_sum(item * counted, axis=0, keepdims=True) for item in (x, steps)]
        mean, spread = (item / (rows + self.epsilon) for item in sums)
        return mean, spread if self.no_gaus else tf.sqrt(spread + self.epsilon)
