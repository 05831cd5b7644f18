"""The compiled kernels as TensorFlow operations: the functions of `plain/`, by the same names."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from registry.plugins.kernels.compiled import aggregation as numerics
from registry.plugins.kernels.compiled import aggregation_gradients as gradients
from registry.plugins.kernels.compiled import distances, tree
from registry.plugins.kernels.compiled import edge_gradients as edges
from registry.plugins.kernels.compiled import search as searching
from registry.plugins.kernels.compiled.calls import (
    call,
    check_indices,
    cut,
    fit_to_hits,
    highest,
    listed_weights,
    padded,
    reversed_lists,
)
from registry.plugins.kernels.compiled.neighbours import find
from registry.plugins.kernels.compiled.runtime import aligned, run


def search(
    coordinates: tf.Tensor, row_splits: tf.Tensor, n_neighbours: int, direction: tf.Tensor | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return indices and squared distances, both [hits, n_neighbours + 1], as `nearest_neighbours` defines them."""
    code = tf.zeros([0], tf.int32) if direction is None else direction
    operation = lambda points, splits, code: find(points, splits, n_neighbours, code if code.size else None)  # noqa: E731
    arrays = [coordinates, row_splits, code]
    indices, squared = call(operation, arrays, [tf.int32, tf.float32], tree.build, searching.search)
    shape = [coordinates.shape[0], n_neighbours + 1]
    return tf.ensure_shape(indices, shape), tf.ensure_shape(squared, shape)


def squared_distances(coordinates: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Squared distance of every hit to its listed neighbours [hits, columns]; 0 where the index is -1."""

    def operation(coordinates: np.ndarray, indices: np.ndarray) -> np.ndarray:
        result = aligned(indices.shape, coordinates.dtype)
        run(distances.squared_distances, coordinates, indices, result)
        return result

    (result,) = call(operation, [coordinates, indices], [coordinates.dtype])
    return tf.ensure_shape(result, indices.shape)


def distance_gradient(coordinates: tf.Tensor, indices: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    """Gradient of the squared distances: 2 g (s_i - s_j) to the hit and its negative to the neighbour."""

    def operation(
        coordinates: np.ndarray,
        indices: np.ndarray,
        upstream: np.ndarray,
        starts: np.ndarray,
        places: np.ndarray,
    ) -> np.ndarray:
        starts = fit_to_hits(starts, coordinates.shape[0])
        width, coordinates = coordinates.shape[1], padded(coordinates, lanes=distances.COORDINATES)
        result = aligned(coordinates.shape, coordinates.dtype)
        run(distances.distance_gradient, coordinates, indices, upstream, starts, places, result)
        return cut(result, width)

    arrays = [coordinates, indices, upstream, *reversed_lists(indices, upstream)]
    (result,) = call(operation, arrays, [coordinates.dtype], distances.distance_gradient)
    return tf.ensure_shape(result, coordinates.shape)


def aggregate(
    features: tf.Tensor,
    weights: tf.Tensor,
    indices: tf.Tensor,
    mean: bool,
    maximum: bool,
    first: int = 0,
    own: bool = False,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return [mean | maximum], or one of them, and the columns the maxima came from [rows, F or more] int16.

    Where both are wanted, `first` leaves out the columns before it, and `own` subtracts each row's own features.
    """
    parts = int(mean) + int(maximum)

    def operation(
        features: np.ndarray, weights: np.ndarray, indices: np.ndarray, last: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        check_indices(indices, last, features.shape[0])
        width, rows = features.shape[1], indices.shape[0]
        features = padded(features)
        result = aligned((rows, parts * features.shape[1]), features.dtype)
        winner = aligned((rows, features.shape[1] if maximum else 0), np.int16)
        if maximum:
            run(numerics.mean_and_maximum, features, weights, indices, first, own, result, winner)
        else:
            run(numerics.weighted_sum, features, weights, indices, 1 / max(indices.shape[1], 1), result)
        return cut(result, width, parts), winner

    arrays = [features, weights, indices, highest(indices)]
    kernel = numerics.mean_and_maximum if maximum else numerics.weighted_sum
    result, winner = call(operation, arrays, [features.dtype, tf.int16], kernel)
    width = features.shape[1]
    return tf.ensure_shape(result, [indices.shape[0], None if width is None else parts * width]), winner


def aggregate_gradients(
    features: tf.Tensor,
    weights: tf.Tensor,
    indices: tf.Tensor,
    winner: tf.Tensor,
    upstream: tf.Tensor,
    mean: bool,
    maximum: bool,
    first: int = 0,
    own: bool = False,
    decay: float = 0.0,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Gradients of `aggregate` for features and weights; with a `decay`, for the distances that weights were made of.

    Weights are then exp(-decay distance).
    """
    parts = int(mean) + int(maximum)

    def operation(
        features: np.ndarray,
        weights: np.ndarray,
        indices: np.ndarray,
        winner: np.ndarray,
        upstream: np.ndarray,
        listed: np.ndarray,
        starts: np.ndarray,
        places: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        width, share = features.shape[1], 1 / max(indices.shape[1] - first, 1)
        features, upstream = padded(features), padded(upstream, parts)
        offset = upstream.shape[1] - features.shape[1]
        to_features, to_weights = aligned(features.shape, features.dtype), aligned(weights.shape, weights.dtype)
        lists, columns = (fit_to_hits(starts, features.shape[0]), places), weights.shape[1]
        run(gradients.reversed_sum, upstream, share, listed, columns, winner, first, own, *lists, to_features)
        options = (share, offset, first, decay)
        run(edges.edge_gradients, features, upstream, *options, weights, indices, winner, to_weights)
        return cut(to_features, width), to_weights

    lists = reversed_lists(indices, upstream)
    arrays = [features, weights, indices, winner, upstream, listed_weights(weights, lists), *lists]
    kernels = [edges.edge_gradients, gradients.reversed_sum]
    to_features, to_weights = call(operation, arrays, [features.dtype, weights.dtype], *kernels)
    return tf.ensure_shape(to_features, features.shape), tf.ensure_shape(to_weights, weights.shape)


def weighted_sum(features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Sum over the known neighbours of weight times feature [rows, F]."""

    def operation(features: np.ndarray, weights: np.ndarray, indices: np.ndarray, last: np.ndarray) -> np.ndarray:
        check_indices(indices, last, features.shape[0])
        width, features = features.shape[1], padded(features)
        result = aligned((indices.shape[0], features.shape[1]), features.dtype)
        run(numerics.weighted_sum, features, weights, indices, 1.0, result)
        return cut(result, width)

    arrays = [features, weights, indices, highest(indices)]
    (result,) = call(operation, arrays, [features.dtype], numerics.weighted_sum)
    return tf.ensure_shape(result, [indices.shape[0], features.shape[1]])


def reversed_sum(rows: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor, hits: tf.Tensor) -> tf.Tensor:
    """Sum, for every hit, over the places that list it, of weight times that place's row [hits, F]."""

    def operation(
        rows: np.ndarray,
        listed: np.ndarray,
        indices: np.ndarray,
        last: np.ndarray,
        hits: np.ndarray,
        starts: np.ndarray,
        places: np.ndarray,
    ) -> np.ndarray:
        check_indices(indices, last, int(hits))
        width, rows = rows.shape[1], padded(rows)
        result, none = aligned((int(hits), rows.shape[1]), rows.dtype), np.empty((rows.shape[0], 0), np.int16)
        lists, columns = (fit_to_hits(starts, int(hits)), places), indices.shape[1]
        run(gradients.reversed_sum, rows, 1.0, listed, columns, none, 0, False, *lists, result)
        return cut(result, width)

    lists = reversed_lists(indices, rows)
    arrays = [rows, listed_weights(weights, lists), indices, highest(indices), hits, *lists]
    (result,) = call(operation, arrays, [rows.dtype], gradients.reversed_sum)
    return tf.ensure_shape(result, [tf.get_static_value(hits), rows.shape[1]])


def edge_products(features: tf.Tensor, rows: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Scalar product of the neighbour's features with the row's own, one number an edge [rows, columns]."""

    def operation(features: np.ndarray, rows: np.ndarray, indices: np.ndarray, last: np.ndarray) -> np.ndarray:
        check_indices(indices, last, features.shape[0])
        result = aligned(indices.shape, features.dtype)
        features, winner = padded(features), np.empty((indices.shape[0], 0), np.int16)
        columns = (1.0, 0, 0, 0.0)
        run(edges.edge_gradients, features, padded(rows), *columns, features, indices, winner, result)
        return result

    arrays = [features, rows, indices, highest(indices)]
    (result,) = call(operation, arrays, [features.dtype], edges.edge_gradients)
    return tf.ensure_shape(result, indices.shape)
