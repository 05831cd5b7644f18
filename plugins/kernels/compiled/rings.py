"""Cells of hits from one of them outwards: its own, those around it, those around these."""

from __future__ import annotations

import numpy as np

from registry.plugins.kernels.compiled.runtime import inner


@inner(allocates=False)
def place(points, hit, axis, low, edge, shape):  # type: ignore[no-untyped-def]
    """Return the cell of a hit along an axis, the nearest one where it is in none."""
    if shape[axis] == 1:
        return np.int64(0)
    cell = (points[hit, axis] - low[axis]) / edge[axis]
    return np.int64(min(max(cell, 0.0), shape[axis] - 1.0))


@inner(allocates=False)
def ring_cells(a, b, c, ring, shape, found):  # type: ignore[no-untyped-def]
    """Write the cells of a ring around a cell into `found` [cells]; return how many they are."""
    count = np.int64(0)
    for i in range(max(a - ring, 0), min(a + ring, shape[0] - 1) + 1):
        for j in range(max(b - ring, 0), min(b + ring, shape[1] - 1) + 1):
            rim = abs(i - a) == ring or abs(j - b) == ring
            for k in range(max(c - ring, 0), min(c + ring, shape[2] - 1) + 1):
                if rim or abs(k - c) == ring:
                    found[count] = (i * shape[1] + j) * shape[2] + k
                    count += 1
    return count


@inner(allocates=False)
def beyond(points, hit, a, b, c, ring, low, edge, shape):  # type: ignore[no-untyped-def]
    """Return how far all is at the least that lies in this ring or outside of it; inf if there is nothing."""
    return min(
        _gap(points, hit, np.int64(0), a, ring, low, edge, shape),
        _gap(points, hit, np.int64(1), b, ring, low, edge, shape),
        _gap(points, hit, np.int64(2), c, ring, low, edge, shape),
    )


@inner(allocates=False)
def _gap(points, hit, axis, cell, ring, low, edge, shape):  # type: ignore[no-untyped-def]
    gap = np.inf
    if shape[axis] == 1:
        return gap
    value = points[hit, axis]
    if cell - ring >= 0:
        gap = value - (low[axis] + (cell - ring + 1) * edge[axis])
    if cell + ring < shape[axis]:
        gap = min(gap, low[axis] + (cell + ring) * edge[axis] - value)
    # A hair less: which cell a hit is in was found by a division that rounds.
    return max(0.0, gap * (1 - 1e-9) - 1e-12 * (abs(value) + abs(low[axis])))
