"""Hits of one event sorted into cells, and condensation, which walks over them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.plugins.kernels.compiled.runtime import compiled, inner

_DIMENSIONS = 3
"""Cells are made along as many dimensions; distances are taken in all of them."""

_HITS = 6
"""Hits that a cell holds on average."""


class Cells(NamedTuple):
    """Hits by cell: `items[starts[c]:starts[c + 1]]` are the hits of cell c, in the order of their numbers.

    `low`, `edge`: where cell 0 begins and how long a cell is along each of three dimensions; `shape`: cells along each.
    """

    items: np.ndarray
    starts: np.ndarray
    low: np.ndarray
    edge: np.ndarray
    shape: np.ndarray


def sort_into_cells(points: np.ndarray) -> Cells:
    """Return the cells of the finite points of one event, float64 [hits, dimensions]; the others are in no cell."""
    finite = np.flatnonzero(np.isfinite(points).all(axis=1))
    dimensions = min(points.shape[1], _DIMENSIONS)
    inside = np.zeros((len(finite), _DIMENSIONS))
    inside[:, :dimensions] = points[finite, :dimensions]
    low = inside.min(axis=0) if len(finite) else np.zeros(_DIMENSIONS)
    extent = (inside.max(axis=0) if len(finite) else low) - low
    shape, edge = np.ones(_DIMENSIONS, np.int64), np.ones(_DIMENSIONS)
    wide = np.isfinite(extent) & (extent > 0)
    per_side = max(1, int((len(finite) / _HITS) ** (1 / max(1, int(wide.sum())))))
    shape[wide], edge[wide] = per_side, extent[wide] / per_side
    place = np.zeros((len(finite), _DIMENSIONS), np.int64)
    place[:, wide] = np.clip((inside[:, wide] - low[wide]) / edge[wide], 0, per_side - 1).astype(np.int64)
    cell = (place[:, 0] * shape[1] + place[:, 1]) * shape[2] + place[:, 2]
    counts = np.bincount(cell, minlength=int(shape.prod()))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]).astype(np.int64)
    return Cells(finite[np.argsort(cell, kind="stable")].astype(np.int64), starts, low, edge, shape)


@inner
def _range(low, edge, shape, dimension, value, radius):  # type: ignore[no-untyped-def]
    """Return the first and the last cell along a dimension that a ball may touch."""
    if shape[dimension] == 1:
        return 0, 0
    # A hair more than the radius: the cell of a hit on its rim was found by a division that rounds.
    reach = radius * (1 + 1e-9) + 1e-12 * (abs(value) + abs(low[dimension]))
    first = (value - reach - low[dimension]) / edge[dimension]
    last = (value + reach - low[dimension]) / edge[dimension]
    top = shape[dimension] - 1
    return int(min(max(first, 0.0), float(top))), int(min(max(last, 0.0), float(top)))


@inner
def near_cells(points, hit, radius, low, edge, shape, found):  # type: ignore[no-untyped-def]
    """Write the cells that a ball around a hit may touch into `found` [cells]; return how many they are."""
    place = np.zeros(3)
    for dimension in range(min(3, points.shape[1])):
        place[dimension] = points[hit, dimension]
    a0, a1 = _range(low, edge, shape, np.int64(0), place[0], radius)
    b0, b1 = _range(low, edge, shape, np.int64(1), place[1], radius)
    c0, c1 = _range(low, edge, shape, np.int64(2), place[2], radius)
    count = 0
    for a in range(a0, a1 + 1):
        for b in range(b0, b1 + 1):
            for c in range(c0, c1 + 1):
                found[count] = (a * shape[1] + b) * shape[2] + c
                count += 1
    return count


@inner
def squared_distance(points, one, other):  # type: ignore[no-untyped-def]
    squared = 0.0
    for dimension in range(points.shape[1]):
        squared += (points[one, dimension] - points[other, dimension]) ** 2
    return squared


@compiled
def condense(candidates, points, squared_radius, items, starts, low, edge, shape, owner):  # type: ignore[no-untyped-def]
    """Give every hit the candidate that takes it: candidates in their order take all free hits within their radius."""
    items = items.copy()
    left = starts[1:] - starts[:-1]
    near = np.empty(len(left), np.int64)
    for seed in candidates:
        if owner[seed] >= 0:
            continue
        for number in range(near_cells(points, seed, np.sqrt(squared_radius[seed]), low, edge, shape, near)):
            cell = near[number]
            k = starts[cell]
            while k < starts[cell] + left[cell]:
                hit = items[k]
                if squared_distance(points, hit, seed) <= squared_radius[seed]:
                    # Hits that are taken leave their cell: no later candidate looks at them.
                    owner[hit] = seed
                    left[cell] -= 1
                    items[k] = items[starts[cell] + left[cell]]
                else:
                    k += 1


@compiled
def nearest_in_reach(seeds, counts, points, squared_radius, items, starts, low, edge, shape, owner):  # type: ignore[no-untyped-def]
    """Give every hit that of the first `counts[n]` seeds within whose radius it is and that is nearest in units of it.

    `counts` rises; `owner`: int64 [counts, hits], the seed of each hit or -1.
    """
    best, nearest = np.full(len(points), np.inf), np.full(len(points), -1, np.int64)
    near = np.empty(len(starts) - 1, np.int64)
    before = np.int64(0)
    for level in range(len(counts)):
        for seed in seeds[before : counts[level]]:
            for number in range(near_cells(points, seed, np.sqrt(squared_radius[seed]), low, edge, shape, near)):
                cell = near[number]
                for hit in items[starts[cell] : starts[cell + 1]]:
                    squared = squared_distance(points, hit, seed)
                    if squared <= squared_radius[seed]:
                        share = squared / squared_radius[seed] if squared_radius[seed] > 0 else 0.0
                        if share < best[hit]:
                            best[hit], nearest[hit] = share, seed
        before = max(before, counts[level])
        owner[level] = nearest
