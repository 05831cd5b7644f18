"""The normalisation of a table, column by column, in pure TensorFlow."""

from __future__ import annotations

import tensorflow as tf


def column_sums(x: tf.Tensor, centre: tf.Tensor, squares: bool) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the number of rows, the sums over the rows of x, and of |x - centre| or its square, both [1, F]."""
    steps = (x - centre) ** 2 if squares else tf.abs(x - centre)
    rows = tf.cast(tf.shape(x)[0], x.dtype)
    return rows, tf.reduce_sum(x, axis=0, keepdims=True), tf.reduce_sum(steps, axis=0, keepdims=True)


def normalise(x: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor, gamma: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Return (x - mean) / scale * gamma + bias; gradients flow to all of them."""
    return (x - mean) / scale * gamma + bias
