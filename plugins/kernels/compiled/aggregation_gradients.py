"""Gradients of the sums and maxima of `aggregation.py`.

The neighbour lists are reversed once for each neighbour search (`reverse`): which places of the list name a hit. A
hit's gradient is then a sum over those places that no other thread writes to, in an order that never changes.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from registry.plugins.kernels.compiled.aggregation import ROWS_PER_JOB, WIDE, jobs
from registry.plugins.kernels.compiled.comparing import choose, lane_sum, lane_sums, not_negative
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.vectors import (
    LANES,
    element,
    fused,
    load,
    load_like,
    splat,
    splat_like,
    store,
    zeros,
)

HALF = LANES // 2
"""Features that a thread adds the gradient of maxima for: half a cache line."""


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
def row_of(place: int, share: float) -> int:
    """Return the row of a place; `share`: one by the number of columns.

    A division of whole numbers takes as long as all else of a place; the half keeps this one from a wrong row.
    """
    return int(np.int64((place + 0.5) * share))


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
    total, share = start, 1.0 / columns
    for listed in range(begin, end):
        place = np.int64(element(places, listed))
        row = row_of(place, share)
        if place - row * columns >= first:
            value = load_like(rows, row * stride + block, start)
            total = fused(value, splat_like(element(weights, place), start), total)
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
        for number in order[job * ROWS_PER_JOB : (job + 1) * ROWS_PER_JOB]:
            hit = np.int64(number)
            begin, end = starts[hit], starts[hit + 1]
            for block in range(0, wide, WIDE):
                total = _sum_places(zeros(rows, WIDE), rows, weights, places, begin, end, first, block)
                _write_sum(total, rows, factor, own, hit, block, result)
            for block in range(wide, width, LANES):
                narrow = _sum_places(zeros(rows, LANES), rows, weights, places, begin, end, first, block)
                _write_sum(narrow, rows, factor, own, hit, block, result)


@inner(allocates=False)
def _edge_product(features: np.ndarray, rows: np.ndarray, indices: np.ndarray, row: int, place: int) -> Any:
    """Return, in sixteen parts, the scalar product of the features of a neighbour with as many columns of its row.

    Where there is no neighbour it is another hit's.
    """
    width, stride = features.shape[1], rows.shape[1]
    neighbour = max(np.int64(element(indices, place)), np.int64(0))
    total = splat(features.dtype.type(0))
    for block in range(0, width, LANES):
        total = fused(load(features, neighbour * width + block), load(rows, row * stride + block), total)
    return total


@inner(allocates=False)
def _edge_products(
    features: np.ndarray, rows: np.ndarray, scale: float, first: int, indices: np.ndarray, row: int, result: np.ndarray
) -> None:
    """Write a row's products with its neighbours times `scale` from column `first` on, four at a time."""
    columns = indices.shape[1]
    last = columns - (columns - first) % 4
    none = zeros(features, 4)
    for place in range(row * columns + first, row * columns + last, 4):
        sums = lane_sums(
            _edge_product(features, rows, indices, row, place),
            _edge_product(features, rows, indices, row, place + 1),
            _edge_product(features, rows, indices, row, place + 2),
            _edge_product(features, rows, indices, row, place + 3),
        )
        known = not_negative(load_like(indices, place, none))
        store(result, place, choose(known, sums * splat_like(scale, none), none))
    for column in range(last, columns):
        product = lane_sum(_edge_product(features, rows, indices, row, row * columns + column))
        result[row, column] = product * scale if indices[row, column] >= 0 else features.dtype.type(0)


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
    width = features.shape[1]
    factor, slope = features.dtype.type(scale), features.dtype.type(-decay)
    for job in numba.prange(jobs(n_rows)):
        for number in order[job * ROWS_PER_JOB : (job + 1) * ROWS_PER_JOB]:
            row = np.int64(number)
            own = row * columns
            result[row] = 0
            if offset > 0 or winner.shape[1] == 0:
                _edge_products(features, rows, factor, first, indices, row, result)
            for c in range(winner.shape[1]):
                won = np.int64(element(winner, row * width + c))
                if won >= 0:
                    neighbour = np.int64(element(indices, own + won))
                    result[row, won] += element(features, neighbour * width + c) * rows[row, offset + c]
            if decay != 0:
                for column in range(columns):
                    result[row, column] *= slope * weights[row, column]


@compiled(parallel=True)
def add_maximum_to_features(
    rows: np.ndarray, offset: int, weights: np.ndarray, indices: np.ndarray, winner: np.ndarray, result: np.ndarray
) -> None:
    """Add the gradient of the maximum for the features to `result` [hits, F].

    Threads share the work by features: no two write to one place, and the order is fixed. Two of them share a cache
    line, of which they begin at rows that are far apart.
    """
    n_rows, width = winner.shape
    columns = indices.shape[1]
    for block in numba.prange(width // HALF):
        start = (block & 1) * (n_rows // 2)
        for number in range(n_rows):
            row = number + start - (n_rows if number + start >= n_rows else 0)
            for c in range(block * HALF, (block + 1) * HALF):
                column = np.int64(element(winner, row * width + c))
                if column >= 0:
                    hit = np.int64(element(indices, row * columns + column))
                    result[hit, c] += element(weights, row * columns + column) * rows[row, offset + c]
