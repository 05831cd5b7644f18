"""Attention among the hits that share a window, without a matrix of all pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from registry.plugins.shared.distance_weights import WEIGHT_SCALE
from registry.plugins.shared.windows import Windows

HIDDEN = -1e30
"""What stands for the logarithm of 0: differences of it are 0, and not nan."""

AT_ONCE = 4096
"""Places of windows that are computed at once: memory, and cache, hold as many times size of a window times heads."""


def window_attention(
    queries: Any, keys: Any, values: Any, coordinates: Any, orders: Sequence[Windows], heads: int
) -> Any:
    """Return what every hit gathers from all hits that share a window with it in any of the orders, each once.

    Formula, for each head: `a_i = sum_j softmax_j(q_i k_j / sqrt(D) - 10 |s_i - s_j|^2) v_j`, the hit itself included.
    Memory: hits x width, and a block of windows while it is computed; weights are computed again for the gradient.

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
        q, k, v = (_with_none(_split(item, heads)) for item in (queries, keys, values))
        s = _with_none(coordinates)
        found = [_attended(q, k, v, s, orders, number) for number in range(len(orders))]
        total = tf.reduce_logsumexp(tf.stack([logarithm for _, logarithm in found]), axis=0)
        result = tf.add_n([tf.exp(logarithm - total)[:, :, None] * part for part, logarithm in found])

        def gradient(upstream: Any) -> list[Any]:
            above = _split(upstream, heads)
            # Places without a hit ask for nothing.
            sums, own = _with_none(total, -HIDDEN), _with_none(tf.reduce_sum(above * result, axis=-1))
            parts = [
                _gradients(q, k, v, s, sums, own, _with_none(above), orders, number) for number in range(len(orders))
            ]
            *found, to_coordinates = (tf.add_n(items) for items in zip(*parts, strict=True))
            return [*(_joined(item) for item in found), to_coordinates]

        return _joined(result), gradient

    return operation(queries, keys, values, coordinates)


def _attended(
    queries: Any, keys: Any, values: Any, coordinates: Any, orders: Sequence[Windows], number: int
) -> list[Any]:
    """Return what hits gather in one order, [hits, heads, D], and the logarithm of the sum of weights [hits, heads]."""
    met = _met(orders, number)

    def one_block(hits: Any) -> tuple[Any, Any]:
        logits = _logits(queries, keys, coordinates, met, hits)
        largest = tf.reduce_max(logits, axis=-1, keepdims=True)
        weights = tf.exp(logits - largest)
        total = tf.reduce_sum(weights, axis=-1, keepdims=True)
        gathered = weights @ _by_head(values, hits) / total
        logarithm = (largest + tf.math.log(total))[..., 0]
        return tf.transpose(gathered, [0, 2, 1, 3]), tf.transpose(logarithm, [0, 2, 1])

    return _in_blocks(one_block, orders[number], [values, values[..., 0]])


def _gradients(
    queries: Any,
    keys: Any,
    values: Any,
    coordinates: Any,
    total: Any,
    own: Any,
    upstream: Any,
    orders: Sequence[Windows],
    number: int,
) -> list[Any]:
    """Return what one order adds to the gradients of queries, keys, values and coordinates.

    total: logarithms of the sums of weights, [hits, heads]; own: products of result and upstream, [hits, heads].
    """
    met = _met(orders, number)

    def one_block(hits: Any) -> tuple[Any, ...]:
        logits = _logits(queries, keys, coordinates, met, hits)
        sums, owns = (tf.transpose(_at(item, hits), [0, 2, 1]) for item in (total, own))
        weights = tf.exp(logits - sums[..., None])
        given = _by_head(upstream, hits)
        to_values = tf.matmul(weights, given, transpose_a=True)
        to_logits = weights * (tf.matmul(given, _by_head(values, hits), transpose_b=True) - owns[..., None])
        to_queries = _scale(queries) * (to_logits @ _by_head(keys, hits))
        to_keys = _scale(queries) * tf.matmul(to_logits, _by_head(queries, hits), transpose_a=True)
        to_distances = -WEIGHT_SCALE * tf.reduce_sum(to_logits, axis=1)
        by_head = [tf.transpose(item, [0, 2, 1, 3]) for item in (to_queries, to_keys, to_values)]
        return *by_head, _distance_gradient(_at(coordinates, hits), to_distances)

    return _in_blocks(one_block, orders[number], [queries, keys, values, coordinates])


def _in_blocks(one_block: Callable[[Any], tuple[Any, ...]], windows: Windows, like: Sequence[Any]) -> list[Any]:
    """Return what a function makes of all windows, block by block, for each hit.

    one_block: takes the hits of some windows [windows, size], returns values of their places [windows, size, ...].
    like: tensors of hits that have the types and widths of what it returns.
    """
    size, count = windows.hits.shape[1], tf.shape(windows.hits)[0]
    at_once = max(AT_ONCE // size, 1)
    # One block at least: loops without a pass have results without a shape in some formats of networks.
    blocks = tf.maximum((count + at_once - 1) // at_once, 1)
    block = (count + blocks - 1) // blocks
    table = tf.pad(windows.hits, [[0, blocks * block - count], [0, 0]], constant_values=-1)
    table = tf.reshape(table, [blocks, block, size])
    types = tuple(tf.TensorSpec([None, size, *item.shape[1:]], item.dtype) for item in like)
    found = tf.map_fn(one_block, table, fn_output_signature=types, parallel_iterations=1)
    return [tf.gather(tf.reshape(item, [-1, *item.shape[3:]]), windows.place) for item in found]


def _logits(queries: Any, keys: Any, coordinates: Any, met: Sequence[Any], hits: Any) -> Any:
    """Return the logarithms of the weights of all pairs of some windows, [windows, heads, size, size]."""
    product = tf.matmul(_by_head(queries, hits), _by_head(keys, hits), transpose_b=True)
    distances = _pair_distances(_at(coordinates, hits))
    allowed = _allowed_pairs(met, hits)
    bias = tf.where(allowed, -WEIGHT_SCALE * distances, tf.cast(HIDDEN, distances.dtype))
    return tf.maximum(_scale(queries) * product + bias[:, None], HIDDEN)


def _met(orders: Sequence[Windows], number: int) -> list[Any]:
    """Return the window of each hit in the orders before one."""
    return [_with_none(before.place // before.hits.shape[1]) for before in orders[:number]]


def _allowed_pairs(met: Sequence[Any], hits: Any) -> Any:
    """Return whether the second place of a pair holds a hit that has not met the first in an order before.

    Shape: bool [windows, size, size]; [windows, 1, size] for the first order.
    """
    allowed = (hits >= 0)[:, None]
    for windows in met:
        window = _at(windows, hits)
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


def _with_none(rows: Any, fill: float = 0) -> Any:
    """Return rows with one more before the first, for places without a hit."""
    return tf.pad(rows, [[1, 0], *[[0, 0]] * (len(rows.shape) - 1)], constant_values=fill)


def _at(rows: Any, hits: Any) -> Any:
    """Return the row of the hit in each place, [windows, size, ...] of [1 + hits, ...]."""
    return tf.gather(rows, hits + 1)


def _by_head(rows: Any, hits: Any) -> Any:
    """Return the rows of places by window and head, [windows, heads, size, D] of [1 + hits, heads, D]."""
    return tf.transpose(_at(rows, hits), [0, 2, 1, 3])


def _split(rows: Any, heads: int) -> Any:
    """Return [hits, heads, D] of [hits, heads D]."""
    return tf.reshape(rows, [-1, heads, rows.shape[1] // heads])


def _joined(rows: Any) -> Any:
    """Return [hits, heads D] of [hits, heads, D]."""
    return tf.reshape(rows, [-1, rows.shape[1] * rows.shape[2]])


def _scale(queries: Any) -> float:
    return float(queries.shape[2] ** -0.5)
