"""Sums and maxima over neighbours, sixteen features at a time.

`features`, `rows` and results have a multiple of sixteen columns (see `bridge.py`). No array of hits x neighbours x
features exists: the sums of a row stay in registers while its neighbours pass by. Rows are independent and their
neighbours are taken in order, so results do not depend on the number of threads. Rows are worked on as they lie: lists,
weights and results pass by once, and no order that finds features in the processor's cache saves what it costs there,
but for one event whose features are far more than the cache holds.
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
"""Lanes of a sum that stays in registers; the rest of the features, less than these, in half as many and in sixteen."""
HALF = 32
"""Lanes of a sum with its maximum and the places of it, three vectors that stay in registers."""


@inner
def jobs(rows: int) -> int:
    return (rows + ROWS_PER_JOB - 1) // ROWS_PER_JOB


@inner(allocates=False)
def _write_sum(
    start: Any,
    features: np.ndarray,
    weights: np.ndarray,
    indices: np.ndarray,
    scale: float,
    row: int,
    block: int,
    result: np.ndarray,
) -> None:
    """Write the sum over a row's neighbours, in as many features from `block` on as `start` has lanes."""
    total, columns, width = start, indices.shape[1], features.shape[1]
    for place in range(row * columns, (row + 1) * columns):
        neighbour = np.int64(element(indices, place))
        if neighbour >= 0:
            value = load_like(features, neighbour * width + block, start)
            total = fused(value, splat_like(element(weights, place), start), total)
    store(result, row * width + block, total * splat_like(scale, total))


@compiled(parallel=True)
def weighted_sum(
    features: np.ndarray, weights: np.ndarray, indices: np.ndarray, scale: float, result: np.ndarray
) -> None:
    """Write `scale` times sum_k w_ik f_jf over the known neighbours j = indices[i, k] to `result` [rows, F]."""
    rows, factor = indices.shape[0], features.dtype.type(scale)
    width = np.int64(features.shape[1])
    wide = width // WIDE * WIDE
    for job in numba.prange(jobs(rows)):
        for number in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            row = np.int64(number)
            for block in range(0, wide, WIDE):
                _write_sum(zeros(features, WIDE), features, weights, indices, factor, row, block, result)
            if width - wide >= HALF:
                _write_sum(zeros(features, HALF), features, weights, indices, factor, row, wide, result)
            if width % HALF:
                _write_sum(zeros(features, LANES), features, weights, indices, factor, row, width - LANES, result)


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
    result: np.ndarray,
    winner: np.ndarray,
) -> None:
    """Write [mean | maximum] to `result` [rows, 2F] and the winning columns to `winner` [rows, F].

    With `result` [rows, F], only the maximum. Columns before `first` are left out; `own`: less the row's own features.
    """
    rows, width = winner.shape
    wide = width // HALF * HALF
    for job in numba.prange(jobs(rows)):
        for number in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            row = np.int64(number)
            for block in range(0, wide, HALF):
                start = zeros(features, HALF)
                _sum_and_maximum(start, features, weights, indices, first, own, row, block, result, winner)
            for block in range(wide, width, LANES):
                narrow = zeros(features, LANES)
                _sum_and_maximum(narrow, features, weights, indices, first, own, row, block, result, winner)
