"""The compiled normalisation as TensorFlow operations: the functions of `plain/normalisation.py`, by the same names.

A table that was joined from others, side by side, is read where these are: nothing is copied to join it, and each of
them gets its own gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from registry.plugins.kernels.compiled import normalisation as numerics
from registry.plugins.kernels.compiled.calls import call
from registry.plugins.kernels.compiled.runtime import aligned, run


def column_sums(x: tf.Tensor, centre: tf.Tensor, squares: bool) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the number of rows, the sums over the rows of x, and of |x - centre| or its square, both [1, F].

    The rows are counted here: the shape of a table that was joined would have it joined.
    """

    def operation(centre: np.ndarray, *parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sums = _job_sums(parts)
        for first, part in _placed(parts):
            run(numerics.column_sums, part, first, centre, squares, sums)
        one, other = _joined(sums)
        return np.array(parts[0].shape[0], centre.dtype), one, other

    parts = [tf.stop_gradient(part) for part in _parts(_without_stops(x))]
    rows, one, other = call(operation, [centre, *parts], [x.dtype] * 3, numerics.column_sums)
    return tf.ensure_shape(rows, []), tf.ensure_shape(one, centre.shape), tf.ensure_shape(other, centre.shape)


def normalise(x: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor, gamma: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """Return (x - mean) / scale * gamma + bias; gradients flow to x, gamma and bias."""
    mean, scale = tf.convert_to_tensor(mean), tf.convert_to_tensor(scale)
    x = tf.convert_to_tensor(x)

    @tf.custom_gradient
    def operation(gamma: tf.Tensor, bias: tf.Tensor, *parts: tf.Tensor) -> tuple[tf.Tensor, object]:
        def gradient(upstream: tf.Tensor) -> list[tf.Tensor]:
            return _gradients(upstream, mean, scale, gamma, parts)

        return tf.ensure_shape(_normalised(mean, scale, gamma, bias, parts), x.shape), gradient

    return operation(tf.convert_to_tensor(gamma), tf.convert_to_tensor(bias), *_parts(x))


def _without_stops(x: tf.Tensor) -> tf.Tensor:
    """Return, in a graph, the tensor behind those that only stop its gradient."""
    while not tf.executing_eagerly() and x.op.type == "StopGradient":
        (x,) = x.op.inputs
    return x


def _parts(x: tf.Tensor) -> list[tf.Tensor]:
    """Return the tables that a table was joined from, in a graph; else itself."""
    if tf.executing_eagerly() or x.op.type != "ConcatV2" or x.shape.rank != 2:
        return [x]
    *parts, axis = x.op.inputs
    return parts if tf.get_static_value(axis) in (-1, 1) else [x]


def _placed(parts: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield every part with the place of its first column in the whole table."""
    first = 0
    for part in parts:
        yield first, part
        first += part.shape[1]


def _normalised(
    mean: tf.Tensor, scale: tf.Tensor, gamma: tf.Tensor, bias: tf.Tensor, parts: Sequence[tf.Tensor]
) -> tf.Tensor:
    def operation(
        mean: np.ndarray, scale: np.ndarray, gamma: np.ndarray, bias: np.ndarray, *parts: np.ndarray
    ) -> np.ndarray:
        result = aligned((parts[0].shape[0], mean.shape[1]), mean.dtype)
        for first, part in _placed(parts):
            run(numerics.normalise, part, first, mean, scale, gamma, bias, result)
        return result

    (result,) = call(operation, [mean, scale, gamma, bias, *parts], [mean.dtype], numerics.normalise)
    return result


def _gradients(
    upstream: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor, gamma: tf.Tensor, parts: Sequence[tf.Tensor]
) -> list[tf.Tensor]:
    """Return the gradients for gamma and bias [1, F], and for each part."""
    summands = _summands(upstream)

    def operation(mean: np.ndarray, scale: np.ndarray, gamma: np.ndarray, *arrays: np.ndarray) -> list[np.ndarray]:
        (upstream, *second), parts = arrays[: len(summands)], arrays[len(summands) :]
        added = second[0] if second else upstream[:0]
        sums, results = _job_sums(parts), [aligned(part.shape, part.dtype) for part in parts]
        for (first, part), result in zip(_placed(parts), results, strict=True):
            run(numerics.normalise_gradients, upstream, added, first, part, mean, scale, gamma, result, sums)
        to_bias, to_gamma = _joined(sums)
        return [to_gamma / scale, to_bias, *results]

    given = [mean, scale, gamma, *summands, *parts]
    found = call(operation, given, [mean.dtype] * (2 + len(parts)), numerics.normalise_gradients)
    return [tf.ensure_shape(item, like.shape) for item, like in zip(found, (gamma, gamma, *parts), strict=True)]


def _summands(upstream: tf.Tensor) -> list[tf.Tensor]:
    """Return the two tables that a gradient is the sum of, in a graph; else itself."""
    if tf.executing_eagerly() or upstream.op.type != "AddN" or len(upstream.op.inputs) != 2:
        return [upstream]
    return list(upstream.op.inputs)


def _job_sums(parts: Sequence[np.ndarray]) -> np.ndarray:
    rows, width = parts[0].shape[0], sum(part.shape[1] for part in parts)
    return np.empty((-(-rows // numerics.ROWS_PER_JOB), 2, width), parts[0].dtype)


def _joined(sums: np.ndarray) -> np.ndarray:
    """Return the sums over all jobs [2, 1, F]."""
    with np.errstate(over="ignore", invalid="ignore"):
        return sums.sum(axis=0, dtype=np.float64).astype(sums.dtype)[:, np.newaxis]
