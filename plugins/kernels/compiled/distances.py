"""Squared distances of listed neighbours, and their gradient."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from registry.plugins.kernels.compiled.aggregation import ROWS_PER_JOB, jobs
from registry.plugins.kernels.compiled.aggregation_gradients import row_of
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.vectors import element, fused, load_like, splat_like, store, zeros

COORDINATES = 4
"""Coordinates that are worked on together: tables have a multiple of so many columns, zeros behind the last one."""


@inner(allocates=False)
def _pulls(
    start: Any,
    coordinates: np.ndarray,
    indices: np.ndarray,
    upstream: np.ndarray,
    places: np.ndarray,
    begin: int,
    end: int,
    hit: int,
    block: int,
) -> Any:
    """Return the sum of g (s_i - s_j) over a hit's neighbours, and over the places that name it."""
    width, columns = coordinates.shape[1], indices.shape[1]
    share = 1.0 / columns
    mine = load_like(coordinates, hit * width + block, start)
    total = start
    for own in range(hit * columns, (hit + 1) * columns):
        neighbour = np.int64(element(indices, own))
        if neighbour >= 0:
            step = mine - load_like(coordinates, neighbour * width + block, start)
            total = fused(step, splat_like(element(upstream, own), start), total)
    for listed in range(begin, end):
        place = np.int64(element(places, listed))
        step = mine - load_like(coordinates, row_of(place, share) * width + block, start)
        total = fused(step, splat_like(element(upstream, place), start), total)
    return total


@compiled(parallel=True)
def distance_gradient(
    coordinates: np.ndarray,
    indices: np.ndarray,
    upstream: np.ndarray,
    starts: np.ndarray,
    places: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write the gradient of squared distances: 2 g (s_i - s_j) to the hit and its negative to the neighbour.

    `coordinates` and `result` have a multiple of four columns.
    """
    hits, width = coordinates.shape
    for job in numba.prange(jobs(hits)):
        for number in range(job * ROWS_PER_JOB, min(hits, (job + 1) * ROWS_PER_JOB)):
            hit = np.int64(number)
            begin, end = starts[hit], starts[hit + 1]
            for block in range(0, width, COORDINATES):
                start = zeros(coordinates, COORDINATES)
                total = _pulls(start, coordinates, indices, upstream, places, begin, end, hit, block)
                store(result, hit * width + block, total + total)


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
