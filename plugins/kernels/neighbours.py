"""The nearest neighbours of every hit within its event, with differentiable distances."""

from __future__ import annotations

import tensorflow as tf

from registry.contract.keeping import computed_once
from registry.plugins.kernels.dispatch import implementation
from registry.plugins.kernels.limits import MAX_DIMENSIONS, MAX_NEIGHBOURS


def nearest_neighbours(
    coordinates: tf.Tensor,
    row_splits: tf.Tensor,
    n_neighbours: int,
    direction: tf.Tensor | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the nearest hits of the same event, sorted by distance.

    Column 0 is the hit itself at distance 0; the `n_neighbours` nearest follow, nearest first, the lower hit number
    first among equals. Missing neighbours have index -1 and distance 0. The search is exact. Hits with a NaN or
    infinite coordinate have no neighbours and are nobody's neighbour; pairs whose squared distance overflows are none.

    Gradient: for incoming g_ik of d2_ik, the hit i gets 2 g_ik (s_i - s_j) and its neighbour j the negative.

    Args:
        coordinates: [hits, d], float32, d from 1 to 10, any unit. float64 is searched in float32; its distances and
            gradients are float64.
        row_splits: [events + 1], int32; events may be empty.
        n_neighbours: neighbours besides the hit itself, 1 to 512.
        direction: [hits, 1] or [hits], int32: 0 can only be a neighbour, 1 can only have neighbours, 2 neither,
            everything else both. Default: both.

    Returns:
        indices [hits, n_neighbours + 1] int32 (numbers of the whole batch) and squared distances of the same shape.

    Raises:
        ValueError: the number of coordinates or of neighbours is out of range.
    """
    coordinates = tf.convert_to_tensor(coordinates)
    _check(coordinates, n_neighbours)
    row_splits = tf.cast(tf.reshape(row_splits, [-1]), tf.int32)
    if direction is not None:
        direction = tf.cast(tf.reshape(direction, [-1]), tf.int32)
    if implementation() == "numba":
        from registry.plugins.kernels.compiled import bridge as kernels
    else:
        from registry.plugins.kernels.plain import neighbours as kernels  # type: ignore[no-redef]

    fixed = tf.stop_gradient(coordinates)
    indices, found = computed_once(
        lambda: kernels.search(tf.cast(fixed, tf.float32), row_splits, n_neighbours, direction)
    )
    indices = tf.ensure_shape(indices, [coordinates.shape[0], n_neighbours + 1])

    @tf.custom_gradient
    def distances(points: tf.Tensor) -> tuple[tf.Tensor, object]:
        value = found if points.dtype == found.dtype else kernels.squared_distances(points, indices)
        return value, lambda upstream: kernels.distance_gradient(points, indices, upstream)

    return indices, tf.ensure_shape(distances(coordinates), indices.shape)


def _check(coordinates: tf.Tensor, n_neighbours: int) -> None:
    dimensions = coordinates.shape[1] if coordinates.shape.rank == 2 else None
    if dimensions is None or not 1 <= dimensions <= MAX_DIMENSIONS:
        raise ValueError(
            f"nearest_neighbours: expected coordinates of shape [hits, d] with d from 1 to {MAX_DIMENSIONS}; "
            f"received shape {coordinates.shape}; try a Dense layer with fewer units to make the coordinates"
        )
    if not 1 <= n_neighbours <= MAX_NEIGHBOURS:
        raise ValueError(
            f"nearest_neighbours: expected n_neighbours from 1 to {MAX_NEIGHBOURS}; "
            f"received {n_neighbours!r} ({type(n_neighbours).__name__}); try 64"
        )
