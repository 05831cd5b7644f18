"""Aggregation over neighbours in pure TensorFlow, one neighbour column at a time.

No tensor of hits x neighbours x features exists: every step gathers one feature row per hit. The number of steps is the
number of neighbour columns; all shapes are static where the number of hits is, so XLA compiles it.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def _over_columns(indices: tf.Tensor, step: Callable[..., tuple[tf.Tensor, ...]], start: tuple) -> tuple:
    """Run `step(column, neighbour, known, *state)` over all neighbour columns and return the final state."""

    def body(column: tf.Tensor, *state: tf.Tensor) -> tuple[tf.Tensor, ...]:
        neighbour = tf.gather(indices, column, axis=1)
        after = step(column, tf.maximum(neighbour, 0), (neighbour >= 0)[:, None], *state)
        # A number of hits known outside the loop is a captured tensor inside: shapes would get lost.
        return (column + 1, *(tf.ensure_shape(value, known.shape) for value, known in zip(after, start, strict=True)))

    count = indices.shape[1] if indices.shape[1] is not None else tf.shape(indices)[1]
    result = tf.while_loop(
        lambda column, *_: column < count,
        body,
        (tf.constant(0), *start),
        shape_invariants=(tf.TensorShape([]), *(value.shape for value in start)),
        parallel_iterations=1,
    )
    return tuple(result[1:])


def _column(weights: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
    return tf.gather(weights, column, axis=1)[:, None]


def _rows(indices: tf.Tensor, features: tf.Tensor, fill: float, dtype: tf.DType | None = None) -> tf.Tensor:
    values = tf.fill([tf.shape(indices)[0], tf.shape(features)[1]], tf.cast(fill, dtype or features.dtype))
    return tf.ensure_shape(values, [indices.shape[0], features.shape[1]])


def aggregate(
    features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor, mean: bool, maximum: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return [mean | maximum], or one of them, and the columns the maxima came from [rows, features]."""
    parts, winner = [], tf.zeros([0, 0], tf.int16)
    if mean:
        # A product, as in the compiled form: where a difference should be 0, both leave no rounding.
        parts.append(weighted_sum(features, weights, indices) * (1 / _count(indices, features.dtype)))
    if maximum:
        best, winner = _maximum(features, weights, indices)
        parts.append(best)
    return tf.concat(parts, axis=1), winner


def aggregate_gradients(
    features: tf.Tensor,
    weights: tf.Tensor,
    indices: tf.Tensor,
    winner: tf.Tensor,
    upstream: tf.Tensor,
    mean: bool,
    maximum: bool,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Gradients of `aggregate` for features and weights."""
    parts = tf.split(upstream, int(mean) + int(maximum), axis=1)
    to_features, to_weights = tf.zeros_like(features), tf.zeros_like(weights)
    if mean:
        share = parts[0] / _count(indices, features.dtype)
        to_features += reversed_sum(share, weights, indices, tf.shape(features)[0])
        to_weights += edge_products(features, share, indices)
    if maximum:
        more_to_features, more_to_weights = _maximum_gradients(features, weights, indices, winner, parts[-1])
        to_features, to_weights = to_features + more_to_features, to_weights + more_to_weights
    return to_features, to_weights


def _count(indices: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    return tf.cast(tf.shape(indices)[1], dtype)


def weighted_sum(features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Sum over the known neighbours of weight times feature [rows, features]."""

    def step(column: tf.Tensor, neighbour: tf.Tensor, known: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor]:
        value = _column(weights, column) * tf.gather(features, neighbour)
        return (total + tf.where(known, value, 0),)

    return _over_columns(indices, step, (_rows(indices, features, 0),))[0]


def _maximum(features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Maximum of weight times feature and the column it came from (-1 for none), both [rows, features].

    Starts at 0 where the first column is padding, and below everything where it is not; the last of equals wins.
    """
    first_known = tf.broadcast_to(indices[:, :1] >= 0, tf.shape(_rows(indices, features, 0)))
    start = tf.where(first_known, tf.cast(float("-inf"), features.dtype), tf.cast(0, features.dtype))

    def step(
        column: tf.Tensor, neighbour: tf.Tensor, known: tf.Tensor, best: tf.Tensor, winner: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        value = _column(weights, column) * tf.gather(features, neighbour)
        wins = tf.logical_and(known, value >= best)
        return tf.where(wins, value, best), tf.where(wins, tf.cast(column, tf.int16), winner)

    start = tf.ensure_shape(start, [indices.shape[0], features.shape[1]])
    best, winner = _over_columns(indices, step, (start, _rows(indices, features, -1, tf.int16)))
    return best, winner


def reversed_sum(rows: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor, hits: tf.Tensor) -> tf.Tensor:
    """Sum, for every hit, over the places that list it, of weight times that place's row [hits, features]."""

    def step(column: tf.Tensor, neighbour: tf.Tensor, known: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor]:
        value = tf.where(known, _column(weights, column) * rows, 0)
        return (total + tf.math.unsorted_segment_sum(value, neighbour, hits),)

    start = tf.zeros([hits, tf.shape(rows)[1]], rows.dtype)
    start = tf.ensure_shape(start, [tf.get_static_value(hits), rows.shape[1]])
    return _over_columns(indices, step, (start,))[0]


def edge_products(features: tf.Tensor, rows: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Scalar product of the neighbour's features with the row's own, one number an edge [rows, columns]."""

    def product(_: tf.Tensor, neighbour: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.gather(features, neighbour) * rows, axis=1)

    return _edge_values(indices, product, features.dtype)


def _maximum_gradients(
    features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor, winner: tf.Tensor, upstream: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Gradients of the maximum for features and weights: only the winning neighbour receives."""
    hits = tf.shape(features)[0]

    def won(column: tf.Tensor) -> tf.Tensor:
        return tf.where(winner == tf.cast(column, winner.dtype), upstream, 0)

    def step(column: tf.Tensor, neighbour: tf.Tensor, known: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor]:
        value = tf.where(known, _column(weights, column) * won(column), 0)
        return (total + tf.math.unsorted_segment_sum(value, neighbour, hits),)

    to_features = _over_columns(indices, step, (tf.zeros_like(features),))[0]

    def product(column: tf.Tensor, neighbour: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.gather(features, neighbour) * won(column), axis=1)

    return to_features, _edge_values(indices, product, features.dtype)


def _edge_values(indices: tf.Tensor, value: Callable[[tf.Tensor, tf.Tensor], tf.Tensor], dtype: tf.DType) -> tf.Tensor:
    """Stack `value(column, neighbour)` over the columns; 0 where there is no neighbour."""

    def one(column: tf.Tensor) -> tf.Tensor:
        neighbour = tf.gather(indices, column, axis=1)
        numbers = value(column, tf.maximum(neighbour, 0))
        return tf.where(neighbour >= 0, numbers, tf.zeros_like(numbers))

    columns = tf.range(tf.shape(indices)[1])
    stacked = tf.map_fn(one, columns, fn_output_signature=dtype, parallel_iterations=1)
    return tf.ensure_shape(tf.transpose(stacked), indices.shape)
