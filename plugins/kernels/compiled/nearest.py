"""The nearest seed of every hit of one event, for several lengths of a list of seeds at once."""

from __future__ import annotations

import numpy as np

from registry.plugins.kernels.compiled.cells import squared_distance
from registry.plugins.kernels.compiled.rings import beyond, place, ring_cells
from registry.plugins.kernels.compiled.runtime import compiled, inner

_AXES = 3
"""Seeds are sorted into cells along as many dimensions; distances are taken in all of them."""

_SEEDS = 6
"""Seeds that a cell holds on average."""


_FEW = 200
"""Seeds up to which it is quicker to look at all of them for every hit."""

_BLOCK = 1024
"""Hits whose distances stay in the cache."""


@compiled
def nearest_of_first(points, seeds, counts, reach, owner):  # type: ignore[no-untyped-def]
    """Give every hit the nearest of the first `counts[n]` seeds, the earlier of equally near ones.

    `points`: float64 [hits, dimensions], those that are not finite get none; `seeds`: hits, int64; `counts` rises;
    `reach`: the squared distance of a seed at the most; `owner`: int64 [counts, hits], the seed of each hit or -1.
    """
    nearest = np.full(len(points), -1, np.int64)
    squared = np.full(len(points), np.nextafter(reach, np.inf))
    before = np.int64(0)
    for level in range(len(counts)):
        added = seeds[before : max(before, counts[level])]
        if len(added) > _FEW:
            _search(points, added, nearest, squared)
        elif len(added) > 0:
            _look_at_all(points, added, nearest, squared)
        before = max(before, counts[level])
        owner[level] = nearest


@inner
def _look_at_all(points, seeds, nearest, squared):  # type: ignore[no-untyped-def]
    """Let hits have the nearest of these seeds if that is nearer than the one they have."""
    across = np.empty((points.shape[1], _BLOCK))
    distance = np.empty(_BLOCK)
    for first in range(0, len(points), _BLOCK):
        count = min(_BLOCK, len(points) - first)
        for axis in range(points.shape[1]):
            for number in range(count):
                across[axis, number] = points[first + number, axis]
        for seed in seeds:
            distance[:count] = 0.0
            for axis in range(points.shape[1]):
                value = points[seed, axis]
                for number in range(count):
                    distance[number] += (across[axis, number] - value) ** 2
            for number in range(count):
                if distance[number] < squared[first + number]:
                    squared[first + number], nearest[first + number] = distance[number], seed


@inner
def _search(points, seeds, nearest, squared):  # type: ignore[no-untyped-def]
    """Do the same, from the cell of each hit outwards."""
    items, starts, low, edge, shape = _cells(points, seeds)
    near = np.empty(len(starts) - 1, np.int64)
    for hit in range(len(points)):
        if np.isfinite(points[hit]).all():
            _improve(points, hit, seeds, items, starts, low, edge, shape, near, nearest, squared)


@inner
def _cells(points, seeds):  # type: ignore[no-untyped-def]
    """Return the seeds by cell: their places in the list, where each cell begins, and where the cells are."""
    low, edge, shape = np.zeros(_AXES), np.ones(_AXES), np.ones(_AXES, np.int64)
    extent = np.zeros(_AXES)
    wide = 0
    for axis in range(min(_AXES, points.shape[1])):
        low[axis] = high = points[seeds[0], axis]
        for seed in seeds:
            low[axis] = min(low[axis], points[seed, axis])
            high = max(high, points[seed, axis])
        extent[axis] = high - low[axis]
        wide += extent[axis] > 0
    side = max(1, int((len(seeds) / _SEEDS) ** (1 / max(1, wide))))
    for axis in range(_AXES):
        if np.isfinite(extent[axis]) and extent[axis] / side > 0:
            shape[axis], edge[axis] = side, extent[axis] / side
    cell = np.zeros(len(seeds), np.int64)
    starts = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    for number in range(len(seeds)):
        for axis in range(_AXES):
            cell[number] = cell[number] * shape[axis] + place(points, seeds[number], np.int64(axis), low, edge, shape)
        starts[cell[number] + 1] += 1
    starts = np.cumsum(starts)
    items, filled = np.empty(len(seeds), np.int64), starts.copy()
    for number in range(len(seeds)):
        items[filled[cell[number]]] = number
        filled[cell[number]] += 1
    return items, starts, low, edge, shape


@inner
def _improve(points, hit, seeds, items, starts, low, edge, shape, near, nearest, squared):  # type: ignore[no-untyped-def]
    """Let a hit have the nearest of these seeds if that is nearer than the one it has."""
    a, b, c = (
        place(points, hit, np.int64(0), low, edge, shape),
        place(points, hit, np.int64(1), low, edge, shape),
        place(points, hit, np.int64(2), low, edge, shape),
    )
    best, who = squared[hit], np.int64(len(seeds))
    for ring in range(max(shape[0], shape[1], shape[2])):
        if ring > 0 and beyond(points, hit, a, b, c, ring, low, edge, shape) ** 2 > best:
            break
        for cell in near[: ring_cells(a, b, c, ring, shape, near)]:
            for number in items[starts[cell] : starts[cell + 1]]:
                distance = squared_distance(points, hit, seeds[number])
                # Of equally near ones of this list the earlier; before it come those that hits have.
                if distance < best or (distance == best and number < who < len(seeds)):
                    best, who = distance, number
    if who < len(seeds):
        squared[hit], nearest[hit] = best, seeds[who]
