"""The compiled kernels as TensorFlow operations: the functions of `plain/`, by the same names.

Arrays come in without a copy, still owned by TensorFlow, and are never written to; results are allocated so that
TensorFlow takes them over without a copy. One thread at a time runs kernels (`runtime.run`), on all cores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from plugins.kernels.compiled import aggregation as numerics
from plugins.kernels.compiled.neighbours import find
from plugins.kernels.compiled.runtime import aligned, run
from plugins.kernels.compiled.vectors import LANES

_MADE = "_made_of_neighbour_indices"


def search(
    coordinates: tf.Tensor, row_splits: tf.Tensor, n_neighbours: int, direction: tf.Tensor | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return indices and squared distances, both [hits, n_neighbours + 1], as `nearest_neighbours` defines them."""
    code = tf.zeros([0], tf.int32) if direction is None else direction
    operation = lambda points, splits, code: find(points, splits, n_neighbours, code if code.size else None)  # noqa: E731
    indices, distances = call(operation, [coordinates, row_splits, code], [tf.int32, tf.float32])
    shape = [coordinates.shape[0], n_neighbours + 1]
    return tf.ensure_shape(indices, shape), tf.ensure_shape(distances, shape)


def squared_distances(coordinates: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Squared distance of every hit to its listed neighbours [hits, columns]; 0 where the index is -1."""

    def operation(coordinates: np.ndarray, indices: np.ndarray) -> np.ndarray:
        result = aligned(indices.shape, coordinates.dtype)
        run(numerics.squared_distances, coordinates, indices, result)
        return result

    (result,) = call(operation, [coordinates, indices], [coordinates.dtype])
    return tf.ensure_shape(result, indices.shape)


def distance_gradient(coordinates: tf.Tensor, indices: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    """Gradient of the squared distances: 2 g (s_i - s_j) to the hit and its negative to the neighbour."""

    def operation(
        coordinates: np.ndarray,
        indices: np.ndarray,
        upstream: np.ndarray,
        order: np.ndarray,
        starts: np.ndarray,
        places: np.ndarray,
    ) -> np.ndarray:
        starts, order = _fit(starts, order, coordinates.shape[0])
        result = aligned(coordinates.shape, coordinates.dtype)
        run(numerics.distance_gradient, coordinates, indices, upstream, starts, places, order, result)
        return result

    arrays = [coordinates, indices, upstream, _order(indices), *_reversed(indices)]
    (result,) = call(operation, arrays, [coordinates.dtype])
    return tf.ensure_shape(result, coordinates.shape)


def aggregate(
    features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor, mean: bool, maximum: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return [mean | maximum], or one of them, and the columns the maxima came from [rows, F or more] int16."""
    parts = int(mean) + int(maximum)

    def operation(
        features: np.ndarray, weights: np.ndarray, indices: np.ndarray, order: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        check_indices(indices, features.shape[0])
        width, rows = features.shape[1], indices.shape[0]
        features = _padded(features)
        result = aligned((rows, parts * features.shape[1]), features.dtype)
        winner = aligned((rows, features.shape[1] if maximum else 0), np.int16)
        if maximum:
            run(numerics.mean_and_maximum, features, weights, indices, order, result, winner)
        else:
            run(numerics.weighted_sum, features, weights, indices, order, 1 / max(indices.shape[1], 1), result)
        return _cut(result, width, parts), winner

    result, winner = call(operation, [features, weights, indices, _order(indices)], [features.dtype, tf.int16])
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
) -> tuple[tf.Tensor, tf.Tensor]:
    """Gradients of `aggregate` for features and weights."""
    parts = int(mean) + int(maximum)

    def operation(
        features: np.ndarray,
        weights: np.ndarray,
        indices: np.ndarray,
        winner: np.ndarray,
        upstream: np.ndarray,
        order: np.ndarray,
        starts: np.ndarray,
        places: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        width = features.shape[1]
        features, upstream = _padded(features), _padded(upstream, parts)
        to_features, to_weights = aligned(features.shape, features.dtype), aligned(weights.shape, weights.dtype)
        if mean:
            share = 1 / max(indices.shape[1], 1)
            all_starts, hit_order = _fit(starts, order, features.shape[0])
            run(numerics.reversed_sum, upstream, share, weights, all_starts, places, hit_order, to_features)
            run(numerics.edge_products, features, upstream, share, indices, order, to_weights)
        else:
            to_features[:], to_weights[:] = 0, 0
        if maximum:
            offset = upstream.shape[1] - features.shape[1]
            run(numerics.add_maximum_to_features, upstream, offset, weights, indices, winner, to_features)
            run(numerics.add_maximum_to_weights, features, upstream, offset, indices, winner, to_weights)
        return _cut(to_features, width), to_weights

    lists = _reversed(indices) if mean else [tf.zeros([0], tf.int64), tf.zeros([0], tf.uint32)]
    arrays = [features, weights, indices, winner, upstream, _order(indices), *lists]
    to_features, to_weights = call(operation, arrays, [features.dtype, weights.dtype])
    return tf.ensure_shape(to_features, features.shape), tf.ensure_shape(to_weights, weights.shape)


def weighted_sum(features: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Sum over the known neighbours of weight times feature [rows, F]."""

    def operation(features: np.ndarray, weights: np.ndarray, indices: np.ndarray, order: np.ndarray) -> np.ndarray:
        check_indices(indices, features.shape[0])
        width, features = features.shape[1], _padded(features)
        result = aligned((indices.shape[0], features.shape[1]), features.dtype)
        run(numerics.weighted_sum, features, weights, indices, order, 1.0, result)
        return _cut(result, width)

    (result,) = call(operation, [features, weights, indices, _order(indices)], [features.dtype])
    return tf.ensure_shape(result, [indices.shape[0], features.shape[1]])


def reversed_sum(rows: tf.Tensor, weights: tf.Tensor, indices: tf.Tensor, hits: tf.Tensor) -> tf.Tensor:
    """Sum, for every hit, over the places that list it, of weight times that place's row [hits, F]."""

    def operation(
        rows: np.ndarray,
        weights: np.ndarray,
        indices: np.ndarray,
        hits: np.ndarray,
        order: np.ndarray,
        starts: np.ndarray,
        places: np.ndarray,
    ) -> np.ndarray:
        check_indices(indices, int(hits))
        width, rows = rows.shape[1], _padded(rows)
        starts, order = _fit(starts, order, int(hits))
        result = aligned((int(hits), rows.shape[1]), rows.dtype)
        run(numerics.reversed_sum, rows, 1.0, weights, starts, places, order, result)
        return _cut(result, width)

    arrays = [rows, weights, indices, hits, _order(indices), *_reversed(indices)]
    (result,) = call(operation, arrays, [rows.dtype])
    return tf.ensure_shape(result, [tf.get_static_value(hits), rows.shape[1]])


def edge_products(features: tf.Tensor, rows: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Scalar product of the neighbour's features with the row's own, one number an edge [rows, columns]."""

    def operation(features: np.ndarray, rows: np.ndarray, indices: np.ndarray, order: np.ndarray) -> np.ndarray:
        check_indices(indices, features.shape[0])
        result = aligned(indices.shape, features.dtype)
        run(numerics.edge_products, _padded(features), _padded(rows), 1.0, indices, order, result)
        return result

    (result,) = call(operation, [features, rows, indices, _order(indices)], [features.dtype])
    return tf.ensure_shape(result, indices.shape)


def _once(name: str, indices: tf.Tensor, make: Callable[[tf.Tensor], Any]) -> Any:
    """Return make(indices), made once for each index tensor of a graph: all that use one neighbour search share it.

    It is kept by the graph itself, so that it goes with it. Nothing is kept of eager tensors.
    """
    if tf.executing_eagerly():
        return make(indices)
    graph = tf.compat.v1.get_default_graph()
    if not hasattr(graph, _MADE):
        setattr(graph, _MADE, {})
    made = getattr(graph, _MADE)
    key = (name, indices.ref())
    if key not in made:
        made[key] = make(indices)
    return made[key]


def _order(indices: tf.Tensor) -> tf.Tensor:
    """Return the order in which rows are worked on, from `aggregation.close_order`."""

    def operation(indices: np.ndarray) -> np.ndarray:
        order = aligned((indices.shape[0],), np.int32)
        run(numerics.close_order, indices, order)
        return order

    return _once("order", indices, lambda indices: call(operation, [indices], [tf.int32])[0])


def _reversed(indices: tf.Tensor) -> list[tf.Tensor]:
    """Return `starts` and `places` of `aggregation.reverse`, for the hits up to the last one named."""

    def operation(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if indices.size >= 2**32:
            raise ValueError(
                f"kernels: expected fewer than 2^32 neighbour places in a batch; received {indices.shape[0]} hits with "
                f"{indices.shape[1]} neighbours each; try a smaller batch_size"
            )
        places = aligned((indices.size,), np.uint32)
        return run(numerics.reverse, indices, int(indices.max(initial=-1)) + 1, places), places

    return _once("reversed", indices, lambda indices: call(operation, [indices], [tf.int64, tf.uint32]))


def _fit(starts: np.ndarray, order: np.ndarray, hits: int) -> tuple[np.ndarray, np.ndarray]:
    """Extend `starts` to all hits, those after the last one named included, and `order` to hits instead of rows."""
    missing = np.full(hits + 1 - starts.size, starts[-1])
    return np.concatenate([starts, missing]), order if order.size == hits else np.arange(hits, dtype=np.int32)


def check_indices(indices: np.ndarray, hits: int) -> None:
    """Raise IndexError if an index is beyond the hits: the kernels read without bounds checks."""
    if indices.size and indices.max() >= hits:
        row, column = np.unravel_index(indices.argmax(), indices.shape)
        raise IndexError(
            f"kernels: neighbour indices, row {row}, column {column}: expected -1 to {hits - 1}, the hits there are; "
            f"received {indices[row, column]}; try the hits that the neighbour search was made on"
        )


def _padded(array: np.ndarray, parts: int = 1) -> np.ndarray:
    """Return the array with each of its `parts` of columns padded by zeros to a multiple of sixteen."""
    width = array.shape[1] // parts
    if width % LANES == 0:
        return array
    wide = -(-width // LANES) * LANES
    result = aligned((array.shape[0], parts * wide), array.dtype)
    for part in range(parts):
        result[:, part * wide : part * wide + width] = array[:, part * width : (part + 1) * width]
        result[:, part * wide + width : (part + 1) * wide] = 0
    return result


def _cut(array: np.ndarray, width: int, parts: int = 1) -> np.ndarray:
    """Undo `_padded`."""
    wide = array.shape[1] // parts
    if wide == width:
        return array
    result = aligned((array.shape[0], parts * width), array.dtype)
    for part in range(parts):
        result[:, part * width : (part + 1) * width] = array[:, part * wide : part * wide + width]
    return result


def call(operation: Callable[..., Any], arrays: list[tf.Tensor], types: list[tf.DType]) -> list[tf.Tensor]:
    """Call `operation` in the graph on NumPy arrays, which it must not write to.

    It has no side effects: TensorFlow leaves out calls whose results nobody uses.
    """
    operation = tf.autograph.experimental.do_not_convert(operation)
    # The gradient of a gather comes as IndexedSlices, which eager calls would hand on as an object.
    result = tf.numpy_function(operation, [tf.convert_to_tensor(array) for array in arrays], types, stateful=False)
    return list(result) if isinstance(result, (list, tuple)) else [result]
