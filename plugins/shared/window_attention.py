"""Attention among the hits that share a window, without a matrix of all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from registry.plugins.shared.distance_weights import WEIGHT_SCALE
from registry.plugins.shared.windows import Windows

HIDDEN = -1e30
"""What stands for the logarithm of 0: differences of it are 0, and not nan."""


def window_attention(
    queries: Any, keys: Any, values: Any, coordinates: Any, orders: Sequence[Windows], heads: int
) -> Any:
    """Return what every hit gathers from all hits that share a window with it in any of the orders, each once.

    Formula, for each head: `a_i = sum_j softmax_j(q_i k_j / sqrt(D) - 10 |s_i - s_j|^2) v_j`, the hit itself included.
    Memory: hits x size of a window x heads while one order is computed, forward and backward; what is kept between is
    hits x width.

    Args:
        queries, keys, values: [hits, heads D], float32 or float64.
        coordinates: s, [hits, d], of the same type.
        orders: windows of all hits, for each order.
        heads: the number of heads.

    Returns:
        [hits, heads D].
    """

    @tf.custom_gradient
    def operation(queries: Any, keys: Any, values: Any, coordinates: Any) -> tuple[Any, Any]:
        given = (queries, keys, values, coordinates)
        parts, logarithms = zip(
            *(_attended(*given, orders, number, heads) for number in range(len(orders))), strict=True
        )
        total = tf.reduce_logsumexp(tf.stack(logarithms), axis=0)
        shares = [tf.exp(logarithm - total)[:, :, None] for logarithm in logarithms]
        result = _joined(tf.add_n([share * part for share, part in zip(shares, parts, strict=True)]))

        def gradient(upstream: Any) -> list[Any]:
            found = [
                _gradients(*given, result, total, upstream, orders, number, heads) for number in range(len(orders))
            ]
            return [tf.add_n(items) for items in zip(*found, strict=True)]

        return result, gradient

    return operation(queries, keys, values, coordinates)


def _attended(
    queries: Any, keys: Any, values: Any, coordinates: Any, orders: Sequence[Windows], number: int, heads: int
) -> tuple[Any, Any]:
    """Return what hits gather in one order, [hits, heads, D], and the logarithm of the sum of weights [hits, heads]."""
    windows = orders[number]
    logits = _logits(queries, keys, coordinates, orders, number, heads)
    largest = tf.reduce_max(logits, axis=-1, keepdims=True)
    weights = tf.exp(logits - largest)
    total = tf.reduce_sum(weights, axis=-1, keepdims=True)
    gathered = weights @ _by_head(values, windows, heads) / total
    logarithm = (largest + tf.math.log(total))[..., 0]
    return _to_hits(tf.transpose(gathered, [0, 2, 1, 3]), windows), _to_hits(
        tf.transpose(logarithm, [0, 2, 1]), windows
    )


def _gradients(
    queries: Any,
    keys: Any,
    values: Any,
    coordinates: Any,
    result: Any,
    total: Any,
    upstream: Any,
    orders: Sequence[Windows],
    number: int,
    heads: int,
) -> list[Any]:
    """Return what one order adds to the gradients of queries, keys, values and coordinates."""
    windows, scale = orders[number], _scale(queries, heads)
    logits = _logits(queries, keys, coordinates, orders, number, heads)
    # Places without a hit ask for nothing.
    sums = tf.transpose(_in_windows(total, windows, -HIDDEN), [0, 2, 1])[..., None]
    weights = tf.exp(logits - sums)
    given = _by_head(upstream, windows, heads)
    own = tf.reduce_sum(given * _by_head(result, windows, heads), axis=-1, keepdims=True)
    to_values = tf.matmul(weights, given, transpose_a=True)
    to_logits = weights * (tf.matmul(given, _by_head(values, windows, heads), transpose_b=True) - own)
    to_queries = scale * (to_logits @ _by_head(keys, windows, heads))
    to_keys = scale * tf.matmul(to_logits, _by_head(queries, windows, heads), transpose_a=True)
    by_head = [
        _joined(_to_hits(tf.transpose(item, [0, 2, 1, 3]), windows)) for item in (to_queries, to_keys, to_values)
    ]
    to_distances = -WEIGHT_SCALE * tf.reduce_sum(to_logits, axis=1)
    return [*by_head, _to_hits(_distance_gradient(_in_windows(coordinates, windows), to_distances), windows)]


def _logits(queries: Any, keys: Any, coordinates: Any, orders: Sequence[Windows], number: int, heads: int) -> Any:
    """Return the logarithms of the weights of all pairs of every window, [windows, heads, size, size]."""
    windows = orders[number]
    product = tf.matmul(_by_head(queries, windows, heads), _by_head(keys, windows, heads), transpose_b=True)
    distances = _pair_distances(_in_windows(coordinates, windows))
    bias = tf.where(_allowed_pairs(orders, number), -WEIGHT_SCALE * distances, tf.cast(HIDDEN, distances.dtype))
    return tf.maximum(_scale(queries, heads) * product + bias[:, None], HIDDEN)


def _allowed_pairs(orders: Sequence[Windows], number: int) -> Any:
    """Return whether the second place of a pair holds a hit that has not met the first in an order before.

    Shape: bool [windows, size, size]; [windows, 1, size] for the first order.
    """
    allowed = (orders[number].hits >= 0)[:, None]
    for before in orders[:number]:
        window = _in_windows(before.place // before.hits.shape[1], orders[number])
        allowed = tf.logical_and(allowed, window[:, :, None] != window[:, None])
    return allowed


def _pair_distances(coordinates: Any) -> Any:
    """Return the squared distances of all pairs of a window, [windows, size, size] of [windows, size, d].

    One coordinate at a time: no tensor of pairs x coordinates.
    """
    return tf.add_n([tf.square(column[:, :, None] - column[:, None]) for column in tf.unstack(coordinates, axis=-1)])


def _distance_gradient(coordinates: Any, upstream: Any) -> Any:
    """Return the gradient of `_pair_distances`, [windows, size, d]."""
    found = []
    for column in tf.unstack(coordinates, axis=-1):
        each = 2 * upstream * (column[:, :, None] - column[:, None])
        found.append(tf.reduce_sum(each, axis=2) - tf.reduce_sum(each, axis=1))
    return tf.stack(found, axis=-1)


def _in_windows(rows: Any, windows: Windows, fill: float = 0) -> Any:
    """Return the row of the hit in each place, [windows, size, ...] of [hits, ...]; `fill` where there is none."""
    padded = tf.concat([tf.fill(tf.concat([[1], tf.shape(rows)[1:]], axis=0), tf.cast(fill, rows.dtype)), rows], axis=0)
    return tf.gather(padded, windows.hits + 1)


def _to_hits(places: Any, windows: Windows) -> Any:
    """Return the values of each hit's place, [hits, ...] of [windows, size, ...]."""
    shape = tf.concat([[-1], tf.shape(places)[2:]], axis=0)
    found = tf.gather(tf.reshape(places, shape), windows.place)
    return tf.ensure_shape(found, [windows.place.shape[0], *places.shape[2:]])


def _by_head(rows: Any, windows: Windows, heads: int) -> Any:
    """Return rows by window and head, [windows, heads, size, D] of [hits, heads D]."""
    size, width = windows.hits.shape[1], rows.shape[1] // heads
    return tf.transpose(tf.reshape(_in_windows(rows, windows), [-1, size, heads, width]), [0, 2, 1, 3])


def _joined(rows: Any) -> Any:
    """Return [hits, heads D] of [hits, heads, D]."""
    return tf.reshape(rows, [-1, rows.shape[1] * rows.shape[2]])


def _scale(queries: Any, heads: int) -> float:
    return float((queries.shape[1] // heads) ** -0.5)
