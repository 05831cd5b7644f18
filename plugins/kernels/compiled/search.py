"""Exact neighbour search with the trees of `tree.py`.

Hits are taken in groups that lie close together. For each group: (1) the distance from the middle of its box to the
K-th nearest candidate bounds the distances of all its hits; (2) one walk through the tree lists the tiles within that
bound; (3) each hit scans the listed tiles that its own bound reaches, and keeps the K nearest. The tree is so walked
once a group, not once a hit. Each bound follows from the triangle inequality, so none of the neighbours is missed.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from plugins.kernels.compiled.ordering import keep_nearest
from plugins.kernels.compiled.runtime import compiled
from plugins.kernels.compiled.tree import Tree
from plugins.kernels.compiled.vectors import LANES, larger, load, splat, store

GROUPS_PER_JOB = 32
_STACK = 128
# Bounds are rounded outwards by this factor: a rounding error may cost a visit, never a neighbour.
_OUTWARDS = np.float32(1.00001)
_LARGEST = np.float32(3.0e38)
_LOWER_HALF = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Scratch(NamedTuple):
    """Working memory of one thread.

    Functions called once a hit or more often take the arrays one by one: Numba counts a reference, atomically, for
    every array that is taken out of a tuple, which costs more than scanning a tile.
    """

    keys: np.ndarray  # [capacity] uint64, candidates of the current hit
    halves: np.ndarray  # [2 capacity] float32, the keys again: every second is a squared distance
    nearest: np.ndarray  # [capacity] uint64, the keys in order
    bins: np.ndarray  # [2049] int32
    squared: np.ndarray  # [16], distances to one tile
    bits: np.ndarray  # [16] uint32, the same again
    stack: np.ndarray  # [128] int64, nodes to visit
    tiles: np.ndarray  # [longest] int64, tiles in reach of the group
    lower: np.ndarray  # [d, longest], their boxes
    upper: np.ndarray  # [d, longest]
    gaps: np.ndarray  # [longest], squared distances from a hit to those boxes
    point: np.ndarray  # [d], the hit
    centre: np.ndarray  # [d], the middle of the group
    known: np.ndarray  # [1 + group, d + 1], centre and hits served so far, with the radius that each needed


@compiled
def make_scratch(d: int, wanted: int, longest: int, group: int) -> Scratch:
    """Allocate the working memory for `wanted` neighbours among events of at most `longest` tiles."""
    capacity = max(1024, 4 * wanted) + LANES
    longest = (longest + LANES) // LANES * LANES
    real = np.float32
    keys, squared = np.empty(capacity, np.uint64), np.empty(LANES, real)
    return Scratch(
        keys,
        keys.view(real),
        np.empty(capacity, np.uint64),
        np.empty(2049, np.int32),
        squared,
        squared.view(np.uint32),
        np.empty(_STACK, np.int64),
        np.empty(longest, np.int64),
        np.zeros((d, longest), real),
        np.zeros((d, longest), real),
        np.empty(longest, real),
        np.empty(d, real),
        np.empty(d, real),
        np.empty((1 + group, d + 1), real),
    )


@compiled
def _box_gap(lower: np.ndarray, upper: np.ndarray, node: int, point: np.ndarray) -> np.float32:
    """Squared distance from a point to the box of a node."""
    total = np.float32(0)
    for c in range(point.shape[0]):
        gap = max(np.float32(0), max(lower[node, c] - point[c], point[c] - upper[node, c]))
        total += gap * gap
    return total


@compiled
def _scan(
    points: np.ndarray,
    hits: np.ndarray,
    tile: int,
    point: np.ndarray,
    limit: np.float32,
    keys: np.ndarray,
    count: int,
    squared: np.ndarray,
    bits: np.ndarray,
) -> int:
    """Append the hits of a tile within `limit` (squared) to the keys and return the new count.

    Every lane is written and the count moves on only for those that stay: no branch, and the reason why `keys` has
    sixteen places beyond the count at which it is full. `bits` is `squared` seen as integers.
    """
    d = point.shape[0]
    total = splat(np.float32(0))
    for c in range(d):
        step = load(points, (tile * d + c) * LANES) - splat(point[c])
        total = total + step * step
    store(squared, 0, total)
    for lane in range(LANES):
        keys[count] = (np.uint64(bits[lane]) << _HALF) | np.uint64(hits[tile, lane])
        count += int(squared[lane] <= limit)
    return count


@compiled
def _shrink(
    keys: np.ndarray,
    halves: np.ndarray,
    count: int,
    wanted: int,
    limit: np.float32,
    nearest: np.ndarray,
    bins: np.ndarray,
) -> tuple:
    """Keep only the `wanted` nearest of the keys; return the new count and the new limit."""
    count = keep_nearest(keys, halves, count, wanted, nearest, bins)
    keys[:count] = nearest[:count]
    if count < wanted:
        return count, limit
    return count, min(limit, halves[2 * count - 1])


@compiled
def _first_bound(tree: Tree, event: int, wanted: int, centre: np.ndarray) -> np.float32:
    """Bound the squared distance to the `wanted`-th nearest hit: the farthest corner of a small node holding enough."""
    lower, upper, first, last = tree.lower, tree.upper, tree.first, tree.last
    root, end = tree.roots[event], tree.roots[event + 1]
    node = root
    while 2 * (node - root) + 2 < end - root:
        child = 2 * node + 1 - root
        if _box_gap(lower, upper, child + 1, centre) < _box_gap(lower, upper, child, centre):
            child += 1
        if (last[child] - first[child] - 1) * LANES < wanted:
            break
        node = child
    limit = np.float32(0)
    for c in range(centre.shape[0]):
        corner = max(centre[c] - lower[node, c], upper[node, c] - centre[c])
        limit += corner * corner
    return min(limit * _OUTWARDS, _LARGEST)


@compiled
def _radius_around(tree: Tree, event: int, wanted: int, scratch: Scratch) -> np.float32:
    """Distance from the centre to the `wanted`-th nearest hit of the event (which has that many)."""
    lower, upper, first, last, points, hits = tree.lower, tree.upper, tree.first, tree.last, tree.points, tree.hits
    keys, halves, nearest, bins = scratch.keys, scratch.halves, scratch.nearest, scratch.bins
    squared, bits, stack, centre = scratch.squared, scratch.bits, scratch.stack, scratch.centre
    limit = _first_bound(tree, event, wanted, centre)
    root = tree.roots[event]
    full = keys.shape[0] - LANES
    count = 0
    stack[0] = root
    size = 1
    while size > 0:
        size -= 1
        node = stack[size]
        if _box_gap(lower, upper, node, centre) > limit * _OUTWARDS:
            continue
        if last[node] - first[node] > 1:
            near = 2 * node + 1 - root
            far = near + 1
            if _box_gap(lower, upper, far, centre) < _box_gap(lower, upper, near, centre):
                near, far = far, near
            stack[size] = far
            stack[size + 1] = near
            size += 2
        elif first[node] < last[node]:
            count = _scan(points, hits, first[node], centre, limit, keys, count, squared, bits)
            if count > full:
                count, limit = _shrink(keys, halves, count, wanted, limit, nearest, bins)
    count, limit = _shrink(keys, halves, count, wanted, _LARGEST, nearest, bins)
    return np.sqrt(limit)


@compiled
def _list_tiles(
    tree: Tree, event: int, lower: np.ndarray, upper: np.ndarray, reach: np.float32, scratch: Scratch
) -> int:
    """List the tiles within `reach` of the box [lower, upper], with their boxes, and return how many there are."""
    node_lower, node_upper, first, last = tree.lower, tree.upper, tree.first, tree.last
    stack, tiles, tile_lower, tile_upper = scratch.stack, scratch.tiles, scratch.lower, scratch.upper
    root = tree.roots[event]
    limit = min(reach * reach * _OUTWARDS, _LARGEST)
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
            stack[size] = 2 * node + 2 - root
            stack[size + 1] = 2 * node + 1 - root
            size += 2
        elif first[node] < last[node]:
            tiles[found] = first[node]
            for c in range(lower.shape[0]):
                tile_lower[c, found] = node_lower[node, c]
                tile_upper[c, found] = node_upper[node, c]
            found += 1
    return found


@compiled
def _write_gaps(found: int, point: np.ndarray, lower: np.ndarray, upper: np.ndarray, gaps: np.ndarray) -> None:
    """Write the squared distances from a point to the boxes of the listed tiles."""
    longest = gaps.shape[0]
    for begin in range(0, found, LANES):
        total = splat(np.float32(0))
        for c in range(point.shape[0]):
            here = splat(point[c])
            below = load(lower, c * longest + begin) - here
            above = here - load(upper, c * longest + begin)
            gap = larger(larger(below, above), splat(np.float32(0)))
            total = total + gap * gap
        store(gaps, begin, total)


@compiled
def _bound(point: np.ndarray, known: np.ndarray, count: int) -> np.float32:
    """Bound the squared distance to the hit's K-th neighbour by the radii of `count` known points nearby."""
    d = point.shape[0]
    bound = np.sqrt(_LARGEST)
    for other in range(count):
        total = np.float32(0)
        for c in range(d):
            step = point[c] - known[other, c]
            total += step * step
        bound = min(bound, known[other, d] + np.sqrt(total))
    bound *= _OUTWARDS
    return min(bound * bound * _OUTWARDS, _LARGEST)


@compiled
def _write_row(
    hit: int, count: int, nearest: np.ndarray, nearest_halves: np.ndarray, indices: np.ndarray, distances: np.ndarray
) -> None:
    """Write the hit itself, its neighbours (the hit left out) and padding."""
    columns = indices.shape[1]
    indices[hit, 0], distances[hit, 0] = hit, 0
    column = 1
    for place in range(count):
        neighbour = np.int64(nearest[place] & _LOWER_HALF)
        if neighbour != hit and column < columns:
            indices[hit, column] = neighbour
            distances[hit, column] = nearest_halves[2 * place + 1]
            column += 1
    for rest in range(column, columns):
        indices[hit, rest], distances[hit, rest] = -1, 0


@compiled
def _reach_of_group(tree: Tree, event: int, wanted: int, lower: np.ndarray, upper: np.ndarray, scratch: Scratch) -> int:
    """List the tiles that any hit in the box may need; the centre becomes the first known point."""
    centre, known = scratch.centre, scratch.known
    d = centre.shape[0]
    half = np.float32(0)
    for c in range(d):
        centre[c] = np.float32(0.5) * lower[c] + np.float32(0.5) * upper[c]
        known[0, c] = centre[c]
        step = max(upper[c] - centre[c], centre[c] - lower[c])
        half += step * step
    known[0, d] = _radius_around(tree, event, wanted, scratch)
    return _list_tiles(tree, event, lower, upper, (known[0, d] + np.sqrt(half)) * _OUTWARDS, scratch)


@compiled
def _search_group(
    tree: Tree, queries: Tree, event: int, node: int, indices: np.ndarray, distances: np.ndarray, scratch: Scratch
) -> None:
    """Serve the hits of one node of the query tree."""
    points, hits, query_points, query_hits = tree.points, tree.hits, queries.points, queries.hits
    keys, halves, nearest, bins = scratch.keys, scratch.halves, scratch.nearest, scratch.bins
    squared, bits, tiles, gaps = scratch.squared, scratch.bits, scratch.tiles, scratch.gaps
    lower, upper, point, known = scratch.lower, scratch.upper, scratch.point, scratch.known
    nearest_halves = nearest.view(np.float32)
    d, full = point.shape[0], keys.shape[0] - LANES
    wanted = min(indices.shape[1], tree.counts[event])
    found, served = 0, 1
    if wanted > 0:
        found = _reach_of_group(tree, event, wanted, queries.lower[node], queries.upper[node], scratch)
    end = queries.tile_splits[event] * LANES + queries.counts[event]
    for place in range(queries.first[node] * LANES, min(queries.last[node] * LANES, end)):
        tile, lane = place // LANES, place % LANES
        for c in range(d):
            point[c] = query_points[tile, c, lane]
            known[served, c] = point[c]
        limit = _bound(point, known, served)
        _write_gaps(found, point, lower, upper, gaps)
        count = 0
        for listed in range(found):
            if gaps[listed] <= limit * _OUTWARDS:
                count = _scan(points, hits, tiles[listed], point, limit, keys, count, squared, bits)
                if count > full:
                    count, limit = _shrink(keys, halves, count, wanted, limit, nearest, bins)
        count = keep_nearest(keys, halves, count, wanted, nearest, bins)
        known[served, d] = np.sqrt(nearest_halves[2 * count - 1] if count == wanted and count > 0 else _LARGEST)
        served += 1
        _write_row(np.int64(query_hits[tile, lane]), count, nearest, nearest_halves, indices, distances)


@compiled
def _list_groups(queries: Tree, size: int) -> tuple:
    """List the largest nodes with at most `size` tiles: event and node of each group."""
    capacity = queries.first.shape[0]
    event_of, node_of = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    stack = np.empty(_STACK, np.int64)
    groups = 0
    for event in range(queries.counts.shape[0]):
        root = queries.roots[event]
        stack[0] = root
        depth = 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            tiles = queries.last[node] - queries.first[node]
            if tiles > size:
                stack[depth] = 2 * node + 2 - root
                stack[depth + 1] = 2 * node + 1 - root
                depth += 2
            elif tiles > 0:
                event_of[groups], node_of[groups] = event, node
                groups += 1
    return event_of[:groups], node_of[:groups]


@compiled(parallel=True)
def search(tree: Tree, queries: Tree, group_tiles: int, indices: np.ndarray, distances: np.ndarray) -> None:
    """Fill the rows of all hits in `queries` with their neighbours in `tree` (blocks.md 2.1).

    Args:
        tree: the candidates.
        queries: the hits that look for neighbours; may be the same tree.
        group_tiles: tiles a group.
        indices: [hits, columns] int32, written; column 0 is the hit itself.
        distances: [hits, columns] float32, squared, written.
    """
    event_of, node_of = _list_groups(queries, group_tiles)
    groups = event_of.shape[0]
    longest = 1
    for event in range(tree.counts.shape[0]):
        longest = max(longest, tree.tile_splits[event + 1] - tree.tile_splits[event])
    for job in numba.prange((groups + GROUPS_PER_JOB - 1) // GROUPS_PER_JOB):
        scratch = make_scratch(tree.points.shape[1], indices.shape[1], longest, group_tiles * LANES)
        for group in range(job * GROUPS_PER_JOB, min(groups, (job + 1) * GROUPS_PER_JOB)):
            _search_group(tree, queries, event_of[group], node_of[group], indices, distances, scratch)
