"""Sums of loss terms over steps, kept on the device."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf


class TermSums:
    """Sums of every loss term over steps, weighted, on the device; read out and emptied once per record."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self._sums = tf.Variable(tf.zeros(len(names)), trainable=False)
        self._weight = tf.Variable(0.0, trainable=False)
        self.variables = [self._sums, self._weight]

    def add(self, values: Mapping[str, tf.Tensor], weight: tf.Tensor) -> None:
        """Add the terms of one step (inside a traced function)."""
        self._sums.assign_add(weight * tf.stack([tf.cast(values[name], tf.float32) for name in self.names]))
        self._weight.assign_add(weight)

    def take(self) -> dict[str, float]:
        """Return the weighted means since the last call, and start again."""
        weight = float(self._weight.numpy())
        means = self._sums.numpy() / weight if weight else self._sums.numpy() * float("nan")
        self._sums.assign(tf.zeros_like(self._sums))
        self._weight.assign(0.0)
        return {name: float(mean) for name, mean in zip(self.names, means, strict=True)}
