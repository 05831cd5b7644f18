"""Sums and maxima over neighbours, sixteen features at a time.

`features`, `rows` and results have a multiple of sixteen columns (see `bridge.py`). No array of hits x neighbours x
features exists: the sums of a row stay in registers while its neighbours pass by. Rows are independent and their
neighbours are taken in order, so results do not depend on the number of threads.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from registry.plugins.kernels.compiled.comparing import at_least, choose, larger
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.vectors import LANES, element, fused, load_like, splat_like, store, zeros

ROWS_PER_JOB = 256
WIDE = 64
WIDE_MAXIMUM = 32
"""Lanes of a sum with its maximum and the places of it, three vectors that stay in registers."""


@inner
def jobs(rows: int) -> int:
    return (rows + ROWS_PER_JOB - 1) // ROWS_PER_JOB


@compiled
def close_order(indices: np.ndarray, order: np.ndarray) -> None:
    """List the rows so that rows with common neighbours follow one another: `order` [rows] int32.

    Takes the next row not listed yet, and its unlisted neighbours with it. Work done in this order finds its neighbours
    in the processor's cache, whatever order the hits of an event came in.
    """
    rows, columns = indices.shape
    listed = np.zeros(rows, np.bool_)
    count = 0
    for row in range(rows):
        if listed[row]:
            continue
        listed[row] = True
        order[count] = row
        count += 1
        for column in range(columns):
            neighbour = indices[row, column]
            if 0 <= neighbour < rows and not listed[neighbour]:
                listed[neighbour] = True
                order[count] = neighbour
                count += 1


@inner(allocates=False)
def _sum_neighbours(
    start: Any, features: np.ndarray, weights: np.ndarray, indices: np.ndarray, row: int, block: int
) -> Any:
    """Add weight times feature of the row's neighbours, in as many features from `block` on as `start` has lanes."""
    total, columns = start, indices.shape[1]
    for place in range(row * columns, (row + 1) * columns):
        neighbour = np.int64(element(indices, place))
        if neighbour >= 0:
            value = load_like(features, neighbour * features.shape[1] + block, start)
            total = fused(value, splat_like(element(weights, place), start), total)
    return total


@compiled(parallel=True)
def weighted_sum(
    features: np.ndarray, weights: np.ndarray, indices: np.ndarray, order: np.ndarray, scale: float, result: np.ndarray
) -> None:
    """Write `scale` times sum_k w_ik f_jf over the known neighbours j = indices[i, k] to `result` [rows, F]."""
    rows, width = indices.shape[0], features.shape[1]
    wide, factor = width // WIDE * WIDE, features.dtype.type(scale)
    for job in numba.prange(jobs(rows)):
        for number in order[job * ROWS_PER_JOB : (job + 1) * ROWS_PER_JOB]:
            row = np.int64(number)
            for block in range(0, wide, WIDE):
                total = _sum_neighbours(zeros(features, WIDE), features, weights, indices, row, block)
                store(result, row * width + block, total * splat_like(factor, total))
            for block in range(wide, width, LANES):
                total = _sum_neighbours(zeros(features, LANES), features, weights, indices, row, block)
                store(result, row * width + block, total * splat_like(factor, total))


@inner(allocates=False)
def _sum_and_maximum(
    start: Any,
    features: np.ndarray,
    weights: np.ndarray,
    indices: np.ndarray,
    first: int,
    own: bool,
    row: int,
    block: int,
    result: np.ndarray,
    winner: np.ndarray,
) -> None:
    """Write the mean, the maximum and the winning columns of a row, in as many features as `start` has lanes."""
    columns, width = indices.shape[1], features.shape[1]
    share = features.dtype.type(1) / features.dtype.type(max(columns - first, 1))
    # The running maximum starts at 0 if the first column is padding, below everything if it is not.
    known = columns > first and element(indices, row * columns + first) >= 0
    total = start
    best = splat_like(features.dtype.type(-np.inf if known else 0), start)
    place = splat_like(np.int32(-1), start)
    for column in range(first, columns):
        neighbour = np.int64(element(indices, row * columns + column))
        if neighbour >= 0:
            weight = splat_like(element(weights, row * columns + column), start)
            value = load_like(features, neighbour * width + block, start) * weight
            total = total + value
            place = choose(at_least(value, best), splat_like(np.int32(column), start), place)
            # Takes half as long as a choice by the comparison, and the next column waits for it.
            best = larger(value, best)
    total = total * splat_like(share, start)
    if own:
        value = load_like(features, row * width + block, start)
        total, best = total - value, best - value
    if result.shape[1] == 2 * width:
        store(result, row * 2 * width + block, total)
    store(result, (row + 1) * result.shape[1] - width + block, best)
    store(winner, row * width + block, place)


@compiled(parallel=True)
def mean_and_maximum(
    features: np.ndarray,
    weights: np.ndarray,
    indices: np.ndarray,
    first: int,
    own: bool,
    order: np.ndarray,
    result: np.ndarray,
    winner: np.ndarray,
) -> None:
    """Write [mean | maximum] to `result` [rows, 2F] and the winning columns to `winner` [rows, F].

    With `result` [rows, F], only the maximum. Columns before `first` are left out; `own`: less the row's own features.
    """
    rows, width = winner.shape
    wide = width // WIDE_MAXIMUM * WIDE_MAXIMUM
    for job in numba.prange(jobs(rows)):
        for number in order[job * ROWS_PER_JOB : (job + 1) * ROWS_PER_JOB]:
            row = np.int64(number)
            for block in range(0, wide, WIDE_MAXIMUM):
                start = zeros(features, WIDE_MAXIMUM)
                _sum_and_maximum(start, features, weights, indices, first, own, row, block, result, winner)
            for block in range(wide, width, LANES):
                narrow = zeros(features, LANES)
                _sum_and_maximum(narrow, features, weights, indices, first, own, row, block, result, winner)
