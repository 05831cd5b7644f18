"""The nearest of the hits that share a window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from registry.plugins.shared.window_attention import allowed_pairs, in_windows, pair_distances
from registry.plugins.shared.windows import Windows


def window_neighbours(coordinates: Any, orders: Sequence[Windows], n_neighbours: int) -> Any:
    """Return the hit itself and the nearest of those that share a window with it in any order, nearest first.

    Memory: hits x size of a window, for each order. Pairs whose squared distance is not finite are none.

    Args:
        coordinates: [hits, d].
        orders: windows of all hits, for each order.
        n_neighbours: neighbours besides the hit itself.

    Returns:
        [hits, n_neighbours + 1] int32, -1 where the windows hold fewer.
    """
    found = [_nearest(coordinates, orders, number, n_neighbours) for number in range(len(orders))]
    distances, indices = (tf.concat(items, axis=1) for items in zip(*found, strict=True))
    missing = max(n_neighbours - indices.shape[1], 0)
    if len(orders) > 1:
        distances, column = tf.math.top_k(distances, k=n_neighbours - missing)
        indices = tf.gather(indices, column, batch_dims=1)
    indices = tf.where(tf.math.is_finite(distances), indices, -1)
    own = tf.range(tf.shape(coordinates)[0])[:, None]
    return tf.concat([own, tf.pad(indices, [[0, 0], [0, missing]], constant_values=-1)], axis=1)


def _nearest(coordinates: Any, orders: Sequence[Windows], number: int, n_neighbours: int) -> tuple[Any, Any]:
    """Return the nearest in the windows of one order: negative squared distances, and hits, both [hits, columns]."""
    windows = orders[number]
    size = windows.hits.shape[1]
    columns = min(n_neighbours, size)
    distances = pair_distances(in_windows(coordinates, windows))
    wanted = tf.logical_and(allowed_pairs(orders, number), tf.logical_not(tf.eye(size, dtype=tf.bool)))
    wanted = tf.logical_and(wanted, tf.math.is_finite(distances))
    nearest, column = tf.math.top_k(tf.where(wanted, -distances, -float("inf")), k=columns)
    hits = tf.gather(windows.hits, column, batch_dims=1)
    return tuple(tf.gather(tf.reshape(item, [-1, columns]), windows.place) for item in (nearest, hits))
