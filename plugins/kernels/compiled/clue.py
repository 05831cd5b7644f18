"""Density of the hits of one event, and the way up from each to a denser one: CLUE."""

from __future__ import annotations

import numpy as np

from registry.plugins.kernels.compiled.cells import near_cells, squared_distance
from registry.plugins.kernels.compiled.rings import beyond, place, ring_cells
from registry.plugins.kernels.compiled.runtime import compiled, inner


@compiled
def densities(points, weight, critical, items, starts, low, edge, shape, density):  # type: ignore[no-untyped-def]
    """Fill in `weight_i + 0.5 sum_j weight_j` over the hits j nearer than the critical distance."""
    limit = critical * critical
    near = np.empty(len(starts) - 1, np.int64)
    # In the order of the cells, and axis by axis, many distances are taken at once.
    across, weights = np.empty((points.shape[1], len(items))), weight[items]
    for axis in range(points.shape[1]):
        for number in range(len(items)):
            across[axis, number] = points[items[number], axis]
    whole = np.zeros(len(near))
    lower, upper = np.full((len(near), len(across)), np.inf), np.full((len(near), len(across)), -np.inf)
    most = np.int64(0)
    for cell in range(len(near)):
        most = max(most, starts[cell + 1] - starts[cell])
        for number in range(starts[cell], starts[cell + 1]):
            whole[cell] += weights[number]
            for axis in range(len(across)):
                lower[cell, axis] = min(lower[cell, axis], across[axis, number])
                upper[cell, axis] = max(upper[cell, axis], across[axis, number])
    squared = np.empty(most)
    for own in range(len(near)):
        for number in range(starts[own], starts[own + 1]):
            hit, total = items[number], 0.0
            for cell in near[: near_cells(points, hit, critical, low, edge, shape, near)]:
                # Where all hits of a cell are near, their sum is known.
                if cell != own and _farthest(points, hit, lower, upper, cell) < limit:
                    total += whole[cell]
                else:
                    total += _sum_within(across, weights, starts[cell], starts[cell + 1], number, limit, squared)
            density[hit] = weight[hit] + 0.5 * total


@inner(allocates=False)
def _sum_within(across, weights, first, last, own, limit, squared):  # type: ignore[no-untyped-def]
    """Return the summed weight of hits, from the first to before the last, that are near one hit, without its own."""
    for other in range(first, last):
        squared[other - first] = 0.0
    for axis in range(len(across)):
        value = across[axis, own]
        for other in range(first, last):
            squared[other - first] += (across[axis, other] - value) ** 2
    if first <= own < last:
        squared[own - first] = np.inf
    one = two = three = four = 0.0
    fours = first + (last - first) // 4 * 4
    for other in range(first, fours, 4):
        one += weights[other] if squared[other - first] < limit else 0.0
        two += weights[other + 1] if squared[other + 1 - first] < limit else 0.0
        three += weights[other + 2] if squared[other + 2 - first] < limit else 0.0
        four += weights[other + 3] if squared[other + 3 - first] < limit else 0.0
    for other in range(fours, last):
        one += weights[other] if squared[other - first] < limit else 0.0
    return (one + two) + (three + four)


@inner(allocates=False)
def _farthest(points, hit, lower, upper, cell):  # type: ignore[no-untyped-def]
    """Return the squared distance of the farthest corner of a box."""
    squared = 0.0
    for axis in range(points.shape[1]):
        value = points[hit, axis]
        squared += max(value - lower[cell, axis], upper[cell, axis] - value) ** 2
    return squared


@compiled
def nearest_higher(points, density, reach, items, starts, low, edge, shape, parent, to_parent):  # type: ignore[no-untyped-def]
    """Fill in the nearest denser hit within `reach`, the last of equally near ones, and its squared distance."""
    near = np.empty(len(starts) - 1, np.int64)
    highest = np.full(len(starts) - 1, -np.inf)
    for cell in range(len(highest)):
        for hit in items[starts[cell] : starts[cell + 1]]:
            highest[cell] = max(highest[cell], density[hit])
    limit = np.nextafter(reach * reach, np.inf)
    for hit in items:
        a, b, c = (
            place(points, hit, np.int64(0), low, edge, shape),
            place(points, hit, np.int64(1), low, edge, shape),
            place(points, hit, np.int64(2), low, edge, shape),
        )
        best, who = limit, np.int64(-1)
        for ring in range(max(shape[0], shape[1], shape[2])):
            if ring > 0 and beyond(points, hit, a, b, c, ring, low, edge, shape) ** 2 > best:
                break
            for cell in near[: ring_cells(a, b, c, ring, shape, near)]:
                if highest[cell] > density[hit]:
                    for other in items[starts[cell] : starts[cell + 1]]:
                        if density[other] > density[hit]:
                            squared = squared_distance(points, other, hit)
                            if squared < best or (squared == best and other > who >= 0):
                                best, who = squared, other
        parent[hit] = who
        to_parent[hit] = best if who >= 0 else np.inf


@compiled
def follow(order, seeds, parent, label, seed_of):  # type: ignore[no-untyped-def]
    """Number the seeds in the order of the hits, in which a hit comes behind its parent; the others take its label."""
    found = 0
    for hit in order:
        if seeds[hit]:
            label[hit], seed_of[hit] = found, hit
            found += 1
        elif parent[hit] >= 0:
            label[hit], seed_of[hit] = label[parent[hit]], seed_of[parent[hit]]
