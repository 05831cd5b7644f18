"""Gradients of the sums and maxima of `aggregation.py`, and of squared distances.

The neighbour lists are reversed once for each neighbour search (`reverse`): which places of the list name a hit. A
hit's gradient is then a sum over those places that no other thread writes to, in an order that never changes.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from registry.plugins.kernels.compiled.aggregation import ROWS_PER_JOB, WIDE, jobs
from registry.plugins.kernels.compiled.comparing import lane_sum
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.vectors import LANES, fused, load, load_like, splat, splat_like, store, zeros


@compiled
def reverse(indices: np.ndarray, hits: int, places: np.ndarray) -> np.ndarray:
    """List, hit by hit, the places (row times columns plus column, ascending) that name it.

    Writes `places` [rows x columns] uint32 and returns `starts` [hits + 1] int64: hit j is named at
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
        named = np.int64(flat[place])
        if 0 <= named < hits:
            places[starts[named + 1]] = place
            starts[named + 1] += 1
    return starts[: hits + 1]


@inner(allocates=False)
def _sum_places(
    start: Any,
    rows: np.ndarray,
    weights: np.ndarray,
    places: np.ndarray,
    begin: int,
    end: int,
    first: int,
    block: int,
) -> Any:
    """Add weight times row over places[begin:end], in as many features from `block` on as `start` has lanes."""
    stride, columns = rows.shape[1], weights.shape[1]
    flat = weights.reshape(-1)
    # A division of whole numbers takes as long as the rest; the half keeps this one from rounding to a wrong row.
    share = 1.0 / columns
    total = start
    for listed in range(begin, end):
        place = np.int64(places[listed])
        row = np.int64((place + 0.5) * share)
        if place - row * columns >= first:
            total = fused(load_like(rows, row * stride + block, start), splat_like(flat[place], start), total)
    return total


@inner(allocates=False)
def _write_sum(
    total: Any, rows: np.ndarray, factor: float, own: bool, hit: int, block: int, result: np.ndarray
) -> None:
    """Write a sum over places times `factor`; `own`: less what both parts of the hit's own row hold."""
    total = total * splat_like(factor, total)
    if own:
        width, stride = result.shape[1], rows.shape[1]
        mine = load_like(rows, hit * stride + block, total) + load_like(rows, hit * stride + width + block, total)
        total = total - mine
    store(result, hit * result.shape[1] + block, total)


@compiled(parallel=True)
def reversed_sum(
    rows: np.ndarray,
    scale: float,
    weights: np.ndarray,
    first: int,
    own: bool,
    starts: np.ndarray,
    places: np.ndarray,
    order: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write, for every hit, the sum over the places that name it of weight times row, times `scale` [hits, F].

    As many columns of `rows` are summed, from the first on, as `result` has. Places in columns before `first` are left
    out; `own`: less the hit's own row, of the columns that are summed and of those beside them.
    """
    hits, width = result.shape
    wide, factor = width // WIDE * WIDE, rows.dtype.type(scale)
    for job in numba.prange(jobs(hits)):
        for hit in order[job * ROWS_PER_JOB : (job + 1) * ROWS_PER_JOB]:
            begin, end = starts[hit], starts[hit + 1]
            for block in range(0, wide, WIDE):
                total = _sum_places(zeros(rows, WIDE), rows, weights, places, begin, end, first, block)
                _write_sum(total, rows, factor, own, hit, block, result)
            for block in range(wide, width, LANES):
                narrow = _sum_places(zeros(rows, LANES), rows, weights, places, begin, end, first, block)
                _write_sum(narrow, rows, factor, own, hit, block, result)


@inner(allocates=False)
def _edge_product(features: np.ndarray, rows: np.ndarray, neighbour: int, row: int) -> Any:
    """Return the scalar product of a neighbour's features with as many columns of the row."""
    width, stride = features.shape[1], rows.shape[1]
    total = splat(features.dtype.type(0))
    for block in range(0, width, LANES):
        total = fused(load(features, neighbour * width + block), load(rows, row * stride + block), total)
    return lane_sum(total)


@compiled(parallel=True)
def edge_gradients(
    features: np.ndarray,
    rows: np.ndarray,
    scale: float,
    offset: int,
    first: int,
    decay: float,
    weights: np.ndarray,
    indices: np.ndarray,
    winner: np.ndarray,
    order: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write the gradient of mean and maximum for the weights to `result` [rows, columns].

    Of the mean it is `scale` times the scalar product of the neighbour's features with the row's own; without a mean
    `offset` is 0. Of the maximum, which begins at column `offset` of `rows`, only winners receive (`winner` has no
    columns without a maximum). With a `decay` other than 0 the gradient is that for the distances of which
    exp(-decay distance) are the weights. Columns before `first` get 0.
    """
    n_rows, columns = indices.shape
    zero = features.dtype.type(0)
    factor, slope = features.dtype.type(scale), features.dtype.type(-decay)
    for job in numba.prange(jobs(n_rows)):
        for row in order[job * ROWS_PER_JOB : (job + 1) * ROWS_PER_JOB]:
            for column in range(columns):
                neighbour = np.int64(indices[row, column])
                value = zero
                if neighbour >= 0 and column >= first and (offset > 0 or winner.shape[1] == 0):
                    value = _edge_product(features, rows, neighbour, row) * factor
                result[row, column] = value
            for c in range(winner.shape[1]):
                won = winner[row, c]
                if won >= 0:
                    result[row, won] += features[indices[row, won], c] * rows[row, offset + c]
            if decay != 0:
                for column in range(columns):
                    result[row, column] *= slope * weights[row, column]


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
    order: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write the gradient of squared distances: 2 g (s_i - s_j) to the hit and its negative to the neighbour."""
    hits, d = coordinates.shape
    columns = indices.shape[1]
    flat = upstream.reshape(-1)
    for job in numba.prange(jobs(hits)):
        for hit in order[job * ROWS_PER_JOB : (job + 1) * ROWS_PER_JOB]:
            result[hit] = 0
            for column in range(columns):
                neighbour = indices[hit, column]
                if neighbour >= 0:
                    factor = 2 * upstream[hit, column]
                    for c in range(d):
                        result[hit, c] += factor * (coordinates[hit, c] - coordinates[neighbour, c])
            for listed in range(starts[hit], starts[hit + 1]):
                place = places[listed]
                factor = 2 * flat[place]
                other = np.int64(place // np.uint32(columns))
                for c in range(d):
                    result[hit, c] += factor * (coordinates[hit, c] - coordinates[other, c])


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
