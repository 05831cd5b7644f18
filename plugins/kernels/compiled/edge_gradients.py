"""Gradient of the sums and maxima of `aggregation.py` for the weights, one number an edge."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from registry.plugins.kernels.compiled.aggregation import HALF, ROWS_PER_JOB, WIDE, jobs
from registry.plugins.kernels.compiled.comparing import choose, equal, folded, lane_sum, lane_sums, not_negative
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.vectors import LANES, element, fused, load_like, splat_like, store, zeros


@inner(allocates=False)
def _product(
    features: np.ndarray,
    neighbour: int,
    block: int,
    mean: Any,
    meant: Any,
    best: Any,
    won: Any,
    column: int,
    none: Any,
) -> Any:
    """Return, in sixteen parts, the scalar product of a neighbour's features with what its row sends to it.

    That is `mean` where it is `meant`, and `best` where the column has `won`. Without a neighbour it is another hit's.
    """
    value = load_like(features, max(np.int64(neighbour), np.int64(0)) * features.shape[1] + block, none)
    product = choose(meant, value * mean, none)
    won_here = equal(won, splat_like(np.int16(column), none))
    return folded(choose(won_here, fused(value, best, product), product))


@inner(allocates=False)
def _write_products(
    none: Any,
    features: np.ndarray,
    rows: np.ndarray,
    scale: float,
    offset: int,
    first: int,
    slope: float,
    weights: np.ndarray,
    indices: np.ndarray,
    winner: np.ndarray,
    at: tuple[int, int],
    result: np.ndarray,
) -> None:
    """Write a row's products with its neighbours, of as many features from a block on as `none` has lanes; `at`: both.

    Those of the features before it are there, and are added to. Four columns are worked on together.
    """
    width, stride, columns = features.shape[1], rows.shape[1], indices.shape[1]
    row, block = at
    maximum, own, four = winner.shape[1] > 0, row * columns, zeros(features, 4)
    meant = equal(splat_like(np.int16(offset > 0 or not maximum), none), splat_like(np.int16(1), none))
    mean = load_like(rows, row * stride + block, none) * splat_like(scale, none)
    best, won = none, splat_like(np.int16(-1), none)
    if maximum:
        best = load_like(rows, row * stride + offset + block, none)
        won = load_like(winner, row * width + block, none)
    last = columns - (columns - first) % 4
    for column in range(first, last, 4):
        place = own + column
        sums = lane_sums(
            _product(features, element(indices, place), block, mean, meant, best, won, column, none),
            _product(features, element(indices, place + 1), block, mean, meant, best, won, column + 1, none),
            _product(features, element(indices, place + 2), block, mean, meant, best, won, column + 2, none),
            _product(features, element(indices, place + 3), block, mean, meant, best, won, column + 3, none),
        )
        if slope != 0:
            sums = sums * (splat_like(slope, four) * load_like(weights, place, four))
        sums = choose(not_negative(load_like(indices, place, four)), sums, four)
        if block > 0:
            sums = sums + load_like(result, place, four)
        store(result, place, sums)
    for column in range(last, columns):
        place = own + column
        neighbour = element(indices, place)
        total = lane_sum(_product(features, neighbour, block, mean, meant, best, won, column, none))
        if slope != 0:
            total = total * (slope * element(weights, place))
        before = result[row, column] if block > 0 else features.dtype.type(0)
        result[row, column] = before + total if neighbour >= 0 else features.dtype.type(0)


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
    result: np.ndarray,
) -> None:
    """Write the gradient of mean and maximum for the weights to `result` [rows, columns].

    Of the mean it is `scale` times the scalar product of the neighbour's features with the row's own; without a mean
    `offset` is 0. Of the maximum, which begins at column `offset` of `rows`, only winners receive (`winner` has no
    columns without a maximum). With a `decay` other than 0 the gradient is that for the distances of which
    exp(-decay distance) are the weights. Columns before `first` get 0.
    """
    n_rows, factor, slope = indices.shape[0], features.dtype.type(scale), features.dtype.type(-decay)
    width = np.int64(features.shape[1])
    wide = width // WIDE * WIDE
    for job in numba.prange(jobs(n_rows)):
        for number in range(job * ROWS_PER_JOB, min(n_rows, (job + 1) * ROWS_PER_JOB)):
            row = np.int64(number)
            result[row, :first] = 0
            for block in range(0, wide, WIDE):
                start, at = zeros(features, WIDE), (row, block)
                _write_products(
                    start, features, rows, factor, offset, first, slope, weights, indices, winner, at, result
                )
            if width - wide >= HALF:
                half, behind = zeros(features, HALF), (row, wide)
                _write_products(
                    half, features, rows, factor, offset, first, slope, weights, indices, winner, behind, result
                )
            if width % HALF:
                rest, last = zeros(features, LANES), (row, width - LANES)
                _write_products(
                    rest, features, rows, factor, offset, first, slope, weights, indices, winner, last, result
                )
