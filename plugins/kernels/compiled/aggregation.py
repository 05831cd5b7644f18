"""Sums and maxima over neighbours, sixteen features at a time.

`features`, `rows` and results have a multiple of sixteen columns (see `bridge.py`). No array of hits x neighbours x
features exists: the sums of a row stay in registers while its neighbours pass by. Rows are independent and their
neighbours are taken in order, so results do not depend on the number of threads.
"""

from __future__ import annotations

import numba
import numpy as np

from plugins.kernels.compiled.runtime import compiled
from plugins.kernels.compiled.vectors import LANES, at_least, choose, fused, lane_sum, load, splat, store

ROWS_PER_JOB = 256


@compiled
def _jobs(rows: int) -> int:
    return (rows + ROWS_PER_JOB - 1) // ROWS_PER_JOB


@compiled(parallel=True)
def weighted_sum(
    features: np.ndarray, weights: np.ndarray, indices: np.ndarray, scale: float, result: np.ndarray
) -> None:
    """Write `scale` times sum_k w_ik f_jf over the known neighbours j = indices[i, k] to `result` [rows, F]."""
    rows, columns = indices.shape
    width = features.shape[1]
    for job in numba.prange(_jobs(rows)):
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, width, LANES):
                total = splat(features.dtype.type(0))
                for column in range(columns):
                    neighbour = np.int64(indices[row, column])
                    if neighbour >= 0:
                        value = load(features, neighbour * width + block)
                        total = fused(value, splat(weights[row, column]), total)
                store(result, row * width + block, total * splat(features.dtype.type(scale)))


@compiled(parallel=True)
def mean_and_maximum(
    features: np.ndarray, weights: np.ndarray, indices: np.ndarray, result: np.ndarray, winner: np.ndarray
) -> None:
    """Write [mean | maximum] (blocks.md 2.2) to `result` [rows, 2F] and the winning columns to `winner` [rows, F]."""
    rows, columns = indices.shape
    width = features.shape[1]
    zero = features.dtype.type(0)
    share = features.dtype.type(1) / features.dtype.type(max(columns, 1))
    for job in numba.prange(_jobs(rows)):
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, width, LANES):
                total = splat(zero)
                best = splat(_lowest(features, indices, row))
                place = splat(np.int32(-1))
                for column in range(columns):
                    neighbour = np.int64(indices[row, column])
                    if neighbour >= 0:
                        value = load(features, neighbour * width + block) * splat(weights[row, column])
                        total = total + value
                        wins = at_least(value, best)
                        best = choose(wins, value, best)
                        place = choose(wins, splat(np.int32(column)), place)
                store(result, row * 2 * width + block, total * splat(share))
                store(result, row * 2 * width + width + block, best)
                store(winner, row * width + block, place)


@compiled
def _lowest(features: np.ndarray, indices: np.ndarray, row: int) -> float:
    """Where the running maximum of a row starts: 0 if its first column is padding, below everything if not."""
    if indices.shape[1] > 0 and indices[row, 0] >= 0:
        return features.dtype.type(-np.inf)
    return features.dtype.type(0)


@compiled(parallel=True)
def maximum(
    features: np.ndarray, weights: np.ndarray, indices: np.ndarray, result: np.ndarray, winner: np.ndarray
) -> None:
    """Write the maximum alone [rows, F] and its columns: `mean_and_maximum` without the mean."""
    rows, columns = indices.shape
    width = features.shape[1]
    for job in numba.prange(_jobs(rows)):
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, width, LANES):
                best = splat(_lowest(features, indices, row))
                place = splat(np.int32(-1))
                for column in range(columns):
                    neighbour = np.int64(indices[row, column])
                    if neighbour >= 0:
                        value = load(features, neighbour * width + block) * splat(weights[row, column])
                        wins = at_least(value, best)
                        best = choose(wins, value, best)
                        place = choose(wins, splat(np.int32(column)), place)
                store(result, row * width + block, best)
                store(winner, row * width + block, place)


@compiled
def reverse(indices: np.ndarray, hits: int, places: np.ndarray) -> np.ndarray:
    """List, hit by hit, the places (row times columns plus column, ascending) that name it.

    Writes `places` [rows x columns] and returns `starts` [hits + 1] int64: hit j is named at
    places[starts[j]:starts[j + 1]]. Indices outside 0 to hits - 1 are left out.
    """
    flat = indices.reshape(-1)
    starts = np.zeros(hits + 2, np.int64)
    for place in range(flat.shape[0]):
        if 0 <= flat[place] < hits:
            starts[flat[place] + 2] += 1
    for hit in range(hits + 1):
        starts[hit + 1] += starts[hit]
    # starts[j + 1] is where the next place of hit j goes, and ends as the start of hit j + 1.
    for place in range(flat.shape[0]):
        hit = np.int64(flat[place])
        if 0 <= hit < hits:
            places[starts[hit + 1]] = place
            starts[hit + 1] += 1
    return starts[: hits + 1]


@compiled(parallel=True)
def reversed_sum(
    rows: np.ndarray,
    scale: float,
    weights: np.ndarray,
    starts: np.ndarray,
    places: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write, for every hit, the sum over the places that name it of weight times row, times `scale` [hits, F].

    As many columns of `rows` are summed, from the first on, as `result` has.
    """
    hits, width = result.shape
    stride, columns = rows.shape[1], weights.shape[1]
    flat = weights.reshape(-1)
    divisor = np.uint32(max(columns, 1)) if places.itemsize == 4 else max(columns, 1)
    for job in numba.prange(_jobs(hits)):
        for hit in range(job * ROWS_PER_JOB, min(hits, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, width, LANES):
                total = splat(rows.dtype.type(0))
                for listed in range(starts[hit], starts[hit + 1]):
                    place = places[listed]
                    value = load(rows, np.int64(place // divisor) * stride + block)
                    total = fused(value, splat(flat[place]), total)
                store(result, hit * width + block, total * splat(rows.dtype.type(scale)))


@compiled(parallel=True)
def edge_products(
    features: np.ndarray, rows: np.ndarray, scale: float, indices: np.ndarray, result: np.ndarray
) -> None:
    """Write `scale` times the scalar product of each neighbour's features with the row's own [rows, columns]."""
    n_rows, columns = indices.shape
    width, stride = features.shape[1], rows.shape[1]
    zero = features.dtype.type(0)
    for job in numba.prange(_jobs(n_rows)):
        for row in range(job * ROWS_PER_JOB, min(n_rows, (job + 1) * ROWS_PER_JOB)):
            for column in range(columns):
                neighbour = np.int64(indices[row, column])
                total = splat(zero)
                if neighbour >= 0:
                    for block in range(0, width, LANES):
                        own = load(rows, row * stride + block)
                        total = fused(load(features, neighbour * width + block), own, total)
                result[row, column] = lane_sum(total) * features.dtype.type(scale)


@compiled(parallel=True)
def add_maximum_to_weights(
    features: np.ndarray, rows: np.ndarray, offset: int, indices: np.ndarray, winner: np.ndarray, result: np.ndarray
) -> None:
    """Add the gradient of the maximum for the weights to `result` [rows, columns]: only winners receive."""
    n_rows, width = winner.shape
    for job in numba.prange(_jobs(n_rows)):
        for row in range(job * ROWS_PER_JOB, min(n_rows, (job + 1) * ROWS_PER_JOB)):
            for c in range(width):
                column = winner[row, c]
                if column >= 0:
                    result[row, column] += features[indices[row, column], c] * rows[row, offset + c]


@compiled(parallel=True)
def add_maximum_to_features(
    rows: np.ndarray, offset: int, weights: np.ndarray, indices: np.ndarray, winner: np.ndarray, result: np.ndarray
) -> None:
    """Add the gradient of the maximum for the features to `result` [hits, F].

    Threads share the work by features, a cache line each: no two write to one place, and the order is fixed.
    """
    n_rows, width = winner.shape
    for block in numba.prange(width // LANES):
        for row in range(n_rows):
            for c in range(block * LANES, (block + 1) * LANES):
                column = winner[row, c]
                if column >= 0:
                    result[indices[row, column], c] += weights[row, column] * rows[row, offset + c]


@compiled(parallel=True)
def distance_gradient(
    coordinates: np.ndarray,
    indices: np.ndarray,
    upstream: np.ndarray,
    starts: np.ndarray,
    places: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write the gradient of squared distances: 2 g (s_i - s_j) to the hit and its negative to the neighbour."""
    hits, d = coordinates.shape
    columns = indices.shape[1]
    flat = upstream.reshape(-1)
    for job in numba.prange(_jobs(hits)):
        for hit in range(job * ROWS_PER_JOB, min(hits, (job + 1) * ROWS_PER_JOB)):
            for c in range(d):
                own = coordinates[hit, c]
                total = coordinates.dtype.type(0)
                for column in range(columns):
                    neighbour = indices[hit, column]
                    if neighbour >= 0:
                        total += upstream[hit, column] * (own - coordinates[neighbour, c])
                for listed in range(starts[hit], starts[hit + 1]):
                    place = places[listed]
                    total += flat[place] * (own - coordinates[np.int64(place) // columns, c])
                result[hit, c] = 2 * total


@compiled(parallel=True)
def squared_distances(coordinates: np.ndarray, indices: np.ndarray, result: np.ndarray) -> None:
    """Write the squared distance of every hit to its listed neighbours; 0 where the index is -1."""
    hits, columns = indices.shape
    for hit in numba.prange(hits):
        for column in range(columns):
            neighbour = indices[hit, column]
            total = coordinates.dtype.type(0)
            if neighbour >= 0:
                for c in range(coordinates.shape[1]):
                    step = coordinates[hit, c] - coordinates[neighbour, c]
                    total += step * step
            result[hit, column] = total
