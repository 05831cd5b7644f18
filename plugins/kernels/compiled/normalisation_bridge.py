"""The compiled normalisation as TensorFlow operations: the functions of `plain/normalisation.py`, by the same names."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from registry.plugins.kernels.compiled import normalisation as numerics
from registry.plugins.kernels.compiled.calls import call
from registry.plugins.kernels.compiled.runtime import aligned, run


def column_sums(x: tf.Tensor, centre: tf.Tensor, squares: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the sums over the rows of x, and of |x - centre| or its square, both [1, F]."""

    def operation(x: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sums = _job_sums(x)
        run(numerics.column_sums, x, centre, squares, sums)
        first, second = _joined(sums)
        return first, second

    first, second = call(operation, [x, centre], [x.dtype] * 2, numerics.column_sums)
    return tf.ensure_shape(first, centre.shape), tf.ensure_shape(second, centre.shape)


def normalise(x: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor, gamma: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Return (x - mean) / scale * gamma + bias; gradients flow to x, gamma and bias."""
    mean, scale = tf.convert_to_tensor(mean), tf.convert_to_tensor(scale)

    @tf.custom_gradient
    def operation(x: tf.Tensor, gamma: tf.Tensor, bias: tf.Tensor) -> tuple[tf.Tensor, object]:
        return _normalised(x, mean, scale, gamma, bias), lambda upstream: _gradients(upstream, x, mean, scale, gamma)

    return operation(*(tf.convert_to_tensor(item) for item in (x, gamma, bias)))


def _normalised(x: tf.Tensor, *columns: tf.Tensor) -> tf.Tensor:
    def operation(x: np.ndarray, *columns: np.ndarray) -> np.ndarray:
        result = aligned(x.shape, x.dtype)
        run(numerics.normalise, x, *columns, result)
        return result

    (result,) = call(operation, [x, *columns], [x.dtype], numerics.normalise)
    return tf.ensure_shape(result, x.shape)


def _gradients(upstream: tf.Tensor, x: tf.Tensor, *columns: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the gradients for x [rows, F], gamma and bias [1, F]; `columns`: mean, scale and gamma."""

    def operation(
        upstream: np.ndarray, x: np.ndarray, mean: np.ndarray, scale: np.ndarray, gamma: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        result, sums = aligned(x.shape, x.dtype), _job_sums(x)
        run(numerics.normalise_gradients, upstream, x, mean, scale, gamma, result, sums)
        to_bias, to_gamma = _joined(sums)
        return result, to_gamma / scale, to_bias

    found = call(operation, [upstream, x, *columns], [x.dtype] * 3, numerics.normalise_gradients)
    to_x, to_gamma, to_bias = (
        tf.ensure_shape(item, like.shape) for item, like in zip(found, (x, columns[2], columns[2]), strict=True)
    )
    return to_x, to_gamma, to_bias


def _job_sums(x: np.ndarray) -> np.ndarray:
    rows, width = x.shape
    return np.empty((-(-rows // numerics.ROWS_PER_JOB), 2, width), x.dtype)


def _joined(sums: np.ndarray) -> np.ndarray:
    """Return the sums over all jobs [2, 1, F]."""
    with np.errstate(over="ignore", invalid="ignore"):
        return sums.sum(axis=0, dtype=np.float64).astype(sums.dtype)[:, np.newaxis]
