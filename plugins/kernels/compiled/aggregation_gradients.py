"""Gradients of the sums and maxima of `aggregation.py`, for the features: what the rows that name a hit send back.

The neighbour lists are reversed once for each neighbour search (`reverse`): which places of the list name a hit. A
hit's gradient is then a sum over those places that no other thread writes to, in an order that never changes.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from registry.plugins.kernels.compiled.aggregation import HALF, ROWS_PER_JOB, WIDE, jobs
from registry.plugins.kernels.compiled.comparing import choose, equal
from registry.plugins.kernels.compiled.lanes import widened
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.vectors import LANES, element, fused, load_like, splat_like, store, zeros

PARTS = 8
"""Parts of the rows whose places are listed side by side, by as many threads."""


@compiled(parallel=True)
def reverse(indices: np.ndarray, hits: int, places: np.ndarray) -> np.ndarray:
    """List, hit by hit, the places (row times columns plus column, ascending) that name it.

    Writes `places` [rows x columns] uint32 and returns `starts` [hits + 1] int64: hit j is named at
    places[starts[j]:starts[j + 1]]. Indices outside 0 to hits - 1 are left out.
    """
    flat = indices.reshape(-1)
    size = (flat.shape[0] + PARTS - 1) // PARTS
    starts, following = np.zeros(hits + 1, np.int64), np.zeros((PARTS, hits), np.int64)
    for part in numba.prange(PARTS):
        for place in range(part * size, min(flat.shape[0], (part + 1) * size)):
            named = np.int64(flat[place])
            if 0 <= named < hits:
                following[part, named] += 1
    listed = np.int64(0)
    for hit in range(hits):
        starts[hit] = listed
        for part in range(PARTS):
            count = following[part, hit]
            following[part, hit] = listed
            listed += count
    starts[hits] = listed
    for part in numba.prange(PARTS):
        for place in range(part * size, min(flat.shape[0], (part + 1) * size)):
            named = np.int64(flat[place])
            if 0 <= named < hits:
                places[following[part, named]] = place
                following[part, named] += 1
    return starts


@compiled(parallel=True)
def list_weights(weights: np.ndarray, starts: np.ndarray, places: np.ndarray, listed: np.ndarray) -> None:
    """Write the weights [rows, columns] of all places that are listed, in their order, to `listed`.

    Sums over one hit after the other read them side by side; in the table every one of them is a jump.
    """
    count = int(starts[starts.shape[0] - 1])
    for part in numba.prange(jobs(count)):
        for number in range(part * ROWS_PER_JOB, min(count, (part + 1) * ROWS_PER_JOB)):
            listed[number] = element(weights, np.int64(element(places, np.int64(number))))


@inner(allocates=False)
def row_of(place: int, share: float) -> int:
    """Return the row of a place; `share`: one by the number of columns.

    A division of whole numbers takes as long as all else of a place; the half keeps this one from a wrong row.
    """
    return int(np.int64((place + 0.5) * share))


@inner(allocates=False)
def _write_sums(
    start: Any,
    rows: np.ndarray,
    scale: float,
    listed: np.ndarray,
    columns: int,
    winner: np.ndarray,
    first: int,
    own: bool,
    places: np.ndarray,
    begin: int,
    end: int,
    hit: int,
    block: int,
    result: np.ndarray,
) -> None:
    """Write a hit's sums over places[begin:end], in as many features from `block` on as `start` has lanes."""
    width, stride = result.shape[1], rows.shape[1]
    maximum = winner.shape[1] > 0
    offset, share = stride - width, 1.0 / columns
    mean = offset > 0 or not maximum
    total, best = start, start
    for number in range(begin, end):
        place = np.int64(element(places, number))
        row = row_of(place, share)
        column = place - row * columns
        if column >= first:
            weight, at = splat_like(element(listed, number), start), row * stride + block
            if mean:
                total = fused(load_like(rows, at, start), weight, total)
            if maximum:
                won = widened(load_like(winner, row * width + block, start))
                more = fused(load_like(rows, at + offset, start), weight, best)
                best = choose(equal(won, splat_like(np.int32(column), start)), more, best)
    total = fused(total, splat_like(scale, start), best)
    if own:
        mine = load_like(rows, hit * stride + block, start) + load_like(rows, hit * stride + offset + block, start)
        total = total - mine
    store(result, hit * width + block, total)


@compiled(parallel=True)
def reversed_sum(
    rows: np.ndarray,
    scale: float,
    listed: np.ndarray,
    columns: int,
    winner: np.ndarray,
    first: int,
    own: bool,
    starts: np.ndarray,
    places: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write the gradient of mean and maximum for the features: the sum, over the places that name a hit, of weight
    times row, to `result` [hits, F].

    The first F columns of `rows` are those of the mean, taken times `scale`; the last F those of the maximum, of which
    only winners receive. `winner` has no columns without a maximum, and `rows` F without a mean. Weights come as
    `list_weights` lists them, with the number of their columns. Places in columns before `first` are left out; `own`:
    less the hit's own row, both halves.
    """
    hits, factor = result.shape[0], rows.dtype.type(scale)
    width = np.int64(result.shape[1])
    wide = width // WIDE * WIDE
    for job in numba.prange(jobs(hits)):
        for number in range(job * ROWS_PER_JOB, min(hits, (job + 1) * ROWS_PER_JOB)):
            hit = np.int64(number)
            begin, end = starts[hit], starts[hit + 1]
            for block in range(0, wide, WIDE):
                start = zeros(rows, WIDE)
                _write_sums(
                    start, rows, factor, listed, columns, winner, first, own, places, begin, end, hit, block, result
                )
            if width - wide >= HALF:
                half = zeros(rows, HALF)
                _write_sums(
                    half, rows, factor, listed, columns, winner, first, own, places, begin, end, hit, wide, result
                )
            if width % HALF:
                rest, last = zeros(rows, LANES), width - LANES
                _write_sums(
                    rest, rows, factor, listed, columns, winner, first, own, places, begin, end, hit, last, result
                )
