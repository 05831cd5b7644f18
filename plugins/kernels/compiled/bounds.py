"""Bounds on the distance to the K-th nearest neighbour, and the tiles that can hold a neighbour of a group of hits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.plugins.kernels.compiled.candidates import LARGEST, Candidates, is_full, scan, shrink
from registry.plugins.kernels.compiled.comparing import lane_minimum, smaller
from registry.plugins.kernels.compiled.mathematics import square_root
from registry.plugins.kernels.compiled.runtime import inner
from registry.plugins.kernels.compiled.tree import Tree
from registry.plugins.kernels.compiled.vectors import LANES, load, splat

# Bounds are rounded outwards by this factor: a rounding error may cost a visit, never a neighbour.
OUTWARDS = np.float32(1.00001)
REMEMBERED = 64
STACK = 128
_UNKNOWN = np.sqrt(LARGEST)


class Known(NamedTuple):
    """Points served lately and the distance from each to its K-th nearest hit, in a ring."""

    points: np.ndarray  # [d, 64]
    radii: np.ndarray  # [64]


class Reach(NamedTuple):
    """The tiles in reach of a group, and their boxes."""

    stack: np.ndarray  # [128] int64, nodes to visit
    tiles: np.ndarray  # [longest] int64
    lower: np.ndarray  # [d, longest]
    upper: np.ndarray  # [d, longest]


@inner(allocates=False)
def forget(known: Known) -> None:
    """Empty the ring."""
    known.radii[:] = _UNKNOWN


@inner(allocates=False)
def remember(known: Known, served: int, point: np.ndarray, radius: np.float32) -> None:
    """Put the point that was served as number `served` in the place of the oldest."""
    slot = served % REMEMBERED
    for c in range(point.shape[0]):
        known.points[c, slot] = point[c]
    known.radii[slot] = radius


@inner(allocates=False)
def bound(point: np.ndarray, known: Known) -> np.float32:
    """Bound the squared distance to the point's K-th neighbour: by way of a known point it is no farther."""
    points, radii = known.points, known.radii
    least = splat(_UNKNOWN)
    for slot in range(0, REMEMBERED, LANES):
        total = splat(np.float32(0))
        for c in range(point.shape[0]):
            step = load(points, c * REMEMBERED + slot) - splat(point[c])
            total = total + step * step
        least = smaller(least, load(radii, slot) + square_root(total))
    radius = lane_minimum(least) * OUTWARDS
    return min(radius * radius * OUTWARDS, LARGEST)


@inner(allocates=False)
def box_gap(lower: np.ndarray, upper: np.ndarray, node: int, point: np.ndarray) -> np.float32:
    """Squared distance from a point to the box of a node."""
    total = np.float32(0)
    for c in range(point.shape[0]):
        gap = max(np.float32(0), max(lower[node, c] - point[c], point[c] - upper[node, c]))
        total += gap * gap
    return total


@inner(allocates=False)
def _first_bound(tree: Tree, event: int, wanted: int, centre: np.ndarray) -> np.float32:
    """Bound the squared distance to the `wanted`-th nearest hit: the farthest corner of a small node holding enough."""
    lower, upper, first, last = tree.lower, tree.upper, tree.first, tree.last
    root, end = tree.roots[event], tree.roots[event + 1]
    node = root
    while 2 * (node - root) + 2 < end - root:
        child = 2 * node + 1 - root
        if box_gap(lower, upper, child + 1, centre) < box_gap(lower, upper, child, centre):
            child += 1
        if (last[child] - first[child] - 1) * LANES < wanted:
            break
        node = child
    limit = np.float32(0)
    for c in range(centre.shape[0]):
        corner = max(centre[c] - lower[node, c], upper[node, c] - centre[c])
        limit += corner * corner
    return min(limit * OUTWARDS, LARGEST)


@inner(allocates=False)
def radius_around(
    tree: Tree, event: int, wanted: int, centre: np.ndarray, limit: np.float32, stack: np.ndarray, into: Candidates
) -> np.float32:
    """Distance from the centre to the `wanted`-th nearest hit of the event (which has that many); at most `limit`."""
    lower, upper, first, last, points, hits = tree.lower, tree.upper, tree.first, tree.last, tree.points, tree.hits
    limit = min(limit, _first_bound(tree, event, wanted, centre))
    root = tree.roots[event]
    count = np.int64(0)
    stack[0] = root
    size = 1
    while size > 0 and limit > 0:
        size -= 1
        node = stack[size]
        if box_gap(lower, upper, node, centre) > limit * OUTWARDS:
            continue
        if last[node] - first[node] > 1:
            near = 2 * node + 1 - root
            far = near + 1
            if box_gap(lower, upper, far, centre) < box_gap(lower, upper, near, centre):
                near, far = far, near
            stack[size] = far
            stack[size + 1] = near
            size += 2
        elif first[node] < last[node]:
            count = scan(points, hits, first[node], centre, limit, into, count)
            if is_full(into, count):
                count, limit = shrink(into, count, wanted, limit)
    if limit > 0:
        count, limit = shrink(into, count, wanted, LARGEST)
    return np.sqrt(limit)


@inner(allocates=False)
def list_tiles(
    tree: Tree,
    event: int,
    lower: np.ndarray,
    upper: np.ndarray,
    centre: np.ndarray,
    distance: np.float32,
    reach: Reach,
) -> int:
    """List the tiles within `distance` of the box [lower, upper], those near its centre first; return their number."""
    node_lower, node_upper, first, last = tree.lower, tree.upper, tree.first, tree.last
    stack, tiles, tile_lower, tile_upper = reach.stack, reach.tiles, reach.lower, reach.upper
    root = tree.roots[event]
    limit = min(distance * distance * OUTWARDS, LARGEST)
    found = 0
    stack[0] = root
    size = 1
    while size > 0:
        size -= 1
        node = stack[size]
        gap_squared = np.float32(0)
        for c in range(lower.shape[0]):
            gap = max(np.float32(0), max(node_lower[node, c] - upper[c], lower[c] - node_upper[node, c]))
            gap_squared += gap * gap
        if gap_squared > limit:
            continue
        if last[node] - first[node] > 1:
            near = 2 * node + 1 - root
            far = near + 1
            if box_gap(node_lower, node_upper, far, centre) < box_gap(node_lower, node_upper, near, centre):
                near, far = far, near
            stack[size] = far
            stack[size + 1] = near
            size += 2
        elif first[node] < last[node]:
            tiles[found] = first[node]
            for c in range(lower.shape[0]):
                tile_lower[c, found] = node_lower[node, c]
                tile_upper[c, found] = node_upper[node, c]
            found += 1
    return found
