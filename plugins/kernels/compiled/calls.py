"""Calling compiled kernels from TensorFlow's graph: arrays in and out, lists shared by all that use one search.

Arrays come in without a copy, still owned by TensorFlow, and are never written to; results are allocated so that
TensorFlow takes them over without a copy. One thread at a time runs kernels (`runtime.run`), on all cores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from registry.plugins.kernels.compiled import aggregation_gradients
from registry.plugins.kernels.compiled.beside import expect
from registry.plugins.kernels.compiled.runtime import aligned, run
from registry.plugins.kernels.compiled.vectors import LANES

_MADE = "_made_of_neighbour_indices"


def call(
    operation: Callable[..., Any], arrays: list[tf.Tensor], types: list[tf.DType], *kernels: Any
) -> list[tf.Tensor]:
    """Call `operation` in the graph on NumPy arrays, which it must not write to.

    It has no side effects: TensorFlow leaves out calls whose results nobody uses. `kernels`: those that it runs, which
    are compiled while the rest of the graph is traced.
    """
    if tf.float64 not in types and not tf.executing_eagerly():
        expect(*kernels)
    operation = tf.autograph.experimental.do_not_convert(operation)
    # The gradient of a gather comes as IndexedSlices, which eager calls would hand on as an object.
    result = tf.numpy_function(operation, [tf.convert_to_tensor(array) for array in arrays], types, stateful=False)
    return list(result) if isinstance(result, (list, tuple)) else [result]


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


def highest(indices: tf.Tensor) -> tf.Tensor:
    """Return the last hit that is named, int32; the least of all numbers where none is."""
    return _once("highest", indices, tf.reduce_max)


def reversed_lists(indices: tf.Tensor, after: tf.Tensor) -> list[tf.Tensor]:
    """Return `starts` and `places` of `aggregation_gradients.reverse`, for the hits up to the last one named.

    They are made when `after` is known: a backward pass would otherwise find them made, and held, by the forward pass.
    """

    def operation(indices: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if indices.size >= 2**32:
            raise ValueError(
                f"kernels: expected fewer than 2^32 neighbour places in a batch; received {indices.shape[0]} hits with "
                f"{indices.shape[1]} neighbours each; try a smaller batch_size"
            )
        places = aligned((indices.size,), np.uint32)
        return run(aggregation_gradients.reverse, indices, max(int(last), -1) + 1, places), places

    def make(indices: tf.Tensor) -> list[tf.Tensor]:
        arrays = [indices, highest(indices)]
        return call(operation, arrays, [tf.int64, tf.uint32], aggregation_gradients.reverse)

    with tf.control_dependencies([after]):
        lists: list[tf.Tensor] = _once("reversed", indices, make)
    return lists


def falling_weights(distances: tf.Tensor, decay: float | None) -> tf.Tensor:
    """Return exp(-decay distance), or the distances where it is None, through which no gradient flows."""
    if decay is None:
        return distances
    return _once(f"exp(-{decay} d)", distances, lambda distances: tf.exp(-decay * tf.stop_gradient(distances)))


def listed_weights(weights: tf.Tensor, lists: list[tf.Tensor]) -> tf.Tensor:
    """Return the weights in the order of `reversed_lists` of the neighbours that they belong to."""

    def operation(weights: np.ndarray, starts: np.ndarray, places: np.ndarray) -> np.ndarray:
        listed = aligned(places.shape, weights.dtype)
        run(aggregation_gradients.list_weights, weights, starts, places, listed)
        return listed

    def make(weights: tf.Tensor) -> tf.Tensor:
        return call(operation, [weights, *lists], [weights.dtype], aggregation_gradients.list_weights)[0]

    return _once("listed", weights, make)


def fit_to_hits(starts: np.ndarray, hits: int) -> np.ndarray:
    """Extend `starts` to all hits, those after the last one named included."""
    return np.concatenate([starts, np.full(hits + 1 - starts.size, starts[-1])])


def check_indices(indices: np.ndarray, last: np.ndarray, hits: int) -> None:
    """Raise IndexError if the `last` of the indices is beyond the hits: the kernels read without bounds checks."""
    if last >= hits and indices.size:
        row, column = np.unravel_index(indices.argmax(), indices.shape)
        raise IndexError(
            f"kernels: neighbour indices, row {row}, column {column}: expected -1 to {hits - 1}, the hits there are; "
            f"received {indices[row, column]}; try the hits that the neighbour search was made on"
        )


def padded(array: np.ndarray, parts: int = 1, lanes: int = LANES) -> np.ndarray:
    """Return the array with each of its `parts` of columns padded by zeros to a multiple of `lanes`."""
    width = array.shape[1] // parts
    if width % lanes == 0:
        return array
    wide = -(-width // lanes) * lanes
    result = aligned((array.shape[0], parts * wide), array.dtype)
    for part in range(parts):
        result[:, part * wide : part * wide + width] = array[:, part * width : (part + 1) * width]
        result[:, part * wide + width : (part + 1) * wide] = 0
    return result


def cut(array: np.ndarray, width: int, parts: int = 1) -> np.ndarray:
    """Undo `padded`."""
    wide = array.shape[1] // parts
    if wide == width:
        return array
    result = aligned((array.shape[0], parts * width), array.dtype)
    for part in range(parts):
        result[:, part * width : (part + 1) * width] = array[:, part * wide : part * wide + width]
    return result
