"""Exact neighbour search with the trees of `tree.py`.

Hits are served tile by tile. For the sixteen hits of a tile: (1) the distance from the middle of the tile to the K-th
nearest of some hits around it bounds the distances of all; (2) one walk through the tree lists the tiles within that
bound, nearest first; (3) each hit scans the listed tiles that its own bound reaches, and keeps the K nearest. Each
bound follows from the triangle inequality, so none of the neighbours is missed.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from registry.plugins.kernels.compiled.comparing import at_least, first_lane, lane_minimum, lanes_set
from registry.plugins.kernels.compiled.keys import LOWER_HALF, WIDTH, append, keep_nearest
from registry.plugins.kernels.compiled.lanes import claim, distance_of, half_of_each
from registry.plugins.kernels.compiled.mathematics import square_root
from registry.plugins.kernels.compiled.reach import (
    Reach,
    enter,
    list_all,
    list_tiles,
    make_reach,
    nearest_tile,
    squared_gaps,
)
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.sorting import sort
from registry.plugins.kernels.compiled.tree import Tree
from registry.plugins.kernels.compiled.vectors import LANES, load, load_like, splat, store, zeros

TILES_PER_JOB = 16

# Bounds are rounded outwards by this factor: a rounding error may cost a visit, never a neighbour. Squares of what is
# smaller than the root of the least bound have lost digits.
OUTWARDS = np.float32(1.00001)
_LEAST, _LARGEST = np.float32(1e-30), np.finfo(np.float32).max
_UNKNOWN = np.sqrt(_LARGEST)
_NONE, _ONE = np.uint64(0), np.uint64(1)
_HALVED, _HALF = np.float32(0.5), np.int64(32)
_AROUND, _SPARE, _FEW_TILES = 3, 2 * LANES, 4


class Scratch(NamedTuple):
    """Working memory of one thread."""

    reach: Reach
    keys: np.ndarray  # [room] int64, the candidates of a hit: filled tile by tile, cut down when full
    ranks: np.ndarray  # [room] int32, for sorting them
    nearest: np.ndarray  # [room] int64, the nearest of them in order
    known: np.ndarray  # [d, 16], points of a tile that have been served, its middle first
    radii: np.ndarray  # [16], the distance from each to its K-th nearest hit, or more
    low: np.ndarray  # [d], lower corner of a tile
    high: np.ndarray  # [d], upper corner
    point: np.ndarray  # [d], a hit of it, or its middle


@inner(allocates=False)
def _bound(point: np.ndarray, known: np.ndarray, radii: np.ndarray) -> np.float32:
    """Bound the squared distance to the point's K-th neighbour: by way of a known point it is no farther."""
    total = splat(np.float32(0))
    for c in range(point.shape[0]):
        step = load(known, c * LANES) - splat(point[c])
        total = total + step * step
    radius = lane_minimum(load(radii, 0) + square_root(total)) * OUTWARDS
    return min(max(radius * radius * OUTWARDS, _LEAST), _LARGEST)


@inner(allocates=False)
def _scan(
    rows: np.ndarray, numbers: np.ndarray, tile: int, point: np.ndarray, limit: np.float32, keys: np.ndarray, count: int
) -> int:
    """Append the keys of the hits of a tile within `limit` (squared), and return how many keys there are."""
    d, length = point.shape[0], rows.shape[1]
    total = splat(np.float32(0))
    for c in range(d):
        step = load(rows, c * length + tile * LANES) - splat(point[c])
        total = total + step * step
    inside = lanes_set(at_least(splat(limit), total))
    if inside == _NONE:
        return count
    return append(keys, count, load(numbers, d * length + tile * LANES), total, inside)


@inner(allocates=False)
def _most(wanted: int) -> int:
    """Return how many keys may be kept where `wanted` are: an exact cut takes more passes, and more are sorted."""
    return wanted + (wanted >> 2) + 8


@inner(allocates=False)
def _radius_around(
    tree: Tree, first: np.int64, home: np.int64, tiles: np.int64, wanted: int, point: np.ndarray, keys: np.ndarray
) -> np.float32:
    """Bound the distance from a point to its `wanted`-th nearest hit by the hits of the tiles around its own.

    `first`: the first tile of the event, `home`: the place of the point's own among its `tiles`.
    """
    rows, numbers = tree.rows, tree.numbers
    run = np.int64(1)
    while run * LANES < _AROUND * wanted and run < tiles:
        run *= 2
    begin = first + max(np.int64(0), min(home // run * run, tiles - run))
    count, limit = np.int64(0), _LARGEST
    for tile in range(begin, min(begin + run, first + tiles)):
        count = _scan(rows, numbers, tile, point, limit, keys, count)
        if count > keys.shape[0] - _SPARE:
            count, highest = keep_nearest(keys, count, wanted, _most(wanted), limit, point.shape[0])
            limit = min(limit, distance_of(highest))
    if count < wanted:
        return _UNKNOWN
    _, highest = keep_nearest(keys, count, wanted, _most(wanted), limit, point.shape[0])
    return np.sqrt(distance_of(highest))


@inner(allocates=False)
def _lowest(numbers: np.ndarray, tile: int) -> np.int64:
    """Return the lowest number of the hits of a tile."""
    row = numbers.shape[0] - 1
    lowest = numbers[row, tile * LANES]
    for lane in range(1, LANES):
        lowest = min(lowest, numbers[row, tile * LANES + lane])
    return np.int64(lowest)


@inner(allocates=False)
def _search_hit(tree: Tree, first: int, found: int, wanted: int, scratch: Scratch) -> int:
    """Put the `wanted` nearest of the listed tiles' hits in order, and return how many there are.

    Where more hits than wanted lie at one point, all distances are 0 and the lowest numbers win: tiles with none of
    those are left out, or such hits would each visit all others.
    """
    rows, numbers, keys, point = tree.rows, tree.numbers, scratch.keys, scratch.point
    tiles, gaps, lower, upper = scratch.reach.tiles, scratch.reach.gaps, scratch.reach.lower, scratch.reach.upper
    limit = _bound(point, scratch.known, scratch.radii)
    count, last = np.int64(0), LOWER_HALF
    for begin in range(0, found, LANES):
        if gaps[begin] > limit:
            break
        near = lanes_set(at_least(splat(limit), squared_gaps(lower, upper, begin, point, point)))
        while near != _NONE:
            tile = first + tiles[begin + np.int64(first_lane(near))]
            near &= near - _ONE
            if limit == 0 and _lowest(numbers, tile) > last:
                continue
            count = _scan(rows, numbers, tile, point, limit, keys, count)
            if count > keys.shape[0] - _SPARE:
                count, highest = keep_nearest(keys, count, wanted, _most(wanted), limit, point.shape[0])
                limit, last = min(limit, distance_of(highest)), highest & LOWER_HALF
    count, highest = keep_nearest(keys, count, wanted, _most(wanted), limit, point.shape[0])
    sort(keys, count, distance_of(highest), scratch.ranks, scratch.nearest)
    return min(count, wanted)


@inner(allocates=False)
def _write_row(hit: int, keys: np.ndarray, count: int, indices: np.ndarray, bits: np.ndarray) -> None:
    """Write the hit itself, its neighbours (the hit left out) and padding; the distances as the bits that they are."""
    columns = indices.shape[1]
    own = np.int64(0)
    while own < count and keys[own] <= LOWER_HALF and keys[own] != hit:
        own += 1
    begin = np.int64(0)
    if own < count and keys[own] == hit:
        for place in range(own, 0, -1):
            keys[place] = keys[place - 1]
        begin = np.int64(1)
    there = min(count - begin, columns - 1)
    indices[hit, 0], bits[hit, 0] = hit, 0
    row, like = hit * columns + 1, zeros(keys, 8)
    whole = there // WIDTH * WIDTH
    for place in range(0, whole, WIDTH):
        values = load_like(keys, begin + place, like)
        store(indices, row + place, half_of_each(values, 0))
        store(bits, row + place, half_of_each(values, 1))
    for place in range(whole, there):
        indices[hit, place + 1], bits[hit, place + 1] = keys[begin + place] & LOWER_HALF, keys[begin + place] >> _HALF
    for place in range(there + 1, columns):
        indices[hit, place], bits[hit, place] = -1, 0


@inner(allocates=False)
def _begin_tile(tree: Tree, queries: Tree, event: int, tile: int, wanted: int, scratch: Scratch) -> int:
    """List the tiles that any hit of a tile of the queries may need; return how many they are."""
    low, high, point, known, radii = scratch.low, scratch.high, scratch.point, scratch.known, scratch.radii
    first, reach = tree.tile_splits[event], scratch.reach
    box = queries.box_splits[event] + tile - queries.tile_splits[event]
    half = np.float32(0)
    for c in range(point.shape[0]):
        low[c], high[c] = queries.lower[c, box], queries.upper[c, box]
        point[c] = _HALVED * low[c] + _HALVED * high[c]
        step = max(high[c] - point[c], point[c] - low[c])
        half += step * step
        known[c, 0] = point[c]
    for place in range(LANES):
        radii[place] = _UNKNOWN
    if tree.tile_splits[event + 1] - first <= _FEW_TILES:
        return list_all(tree, event, reach)
    levels = enter(tree, event, reach)
    home = nearest_tile(tree, levels, point, reach)
    radius = _radius_around(tree, first, home, tree.tile_splits[event + 1] - first, wanted, point, scratch.keys)
    radii[0] = radius
    distance = (radius + np.sqrt(half)) * OUTWARDS
    limit = min(max(distance * distance * OUTWARDS, _LEAST), _LARGEST)
    return list_tiles(tree, levels, low, high, limit, reach)


@inner(allocates=False)
def _search_tile(
    tree: Tree, queries: Tree, event: int, tile: int, indices: np.ndarray, bits: np.ndarray, scratch: Scratch
) -> None:
    """Fill the rows of the hits of a tile of the queries."""
    point, known, radii, keys = scratch.point, scratch.known, scratch.radii, scratch.nearest
    d = point.shape[0]
    wanted, found = min(indices.shape[1], tree.counts[event]), np.int64(0)
    if wanted > 0:
        found = _begin_tile(tree, queries, event, tile, wanted, scratch)
    begin = tile * LANES
    there = min(queries.counts[event] - begin + queries.tile_splits[event] * LANES, LANES)
    for lane in range(there):
        for c in range(d):
            point[c] = queries.rows[c, begin + lane]
        count = np.int64(0)
        if wanted > 0:
            count = _search_hit(tree, tree.tile_splits[event], found, wanted, scratch)
            if count == wanted and lane + 1 < LANES:
                radii[lane + 1] = np.sqrt(distance_of(keys[count - 1]))
                for c in range(d):
                    known[c, lane + 1] = point[c]
        _write_row(np.int64(queries.numbers[d, begin + lane]), keys, count, indices, bits)


@inner
def _work(tree: Tree, queries: Tree, indices: np.ndarray, bits: np.ndarray, jobs: np.ndarray) -> None:
    """Search, on one thread, for the tiles of one job after the other, until there are no more."""
    d, longest = tree.lower.shape[0], np.int64(0)
    for one in range(tree.counts.shape[0]):
        longest = max(longest, tree.tile_splits[one + 1] - tree.tile_splits[one])
    real = np.float32
    room = 2 * indices.shape[1] + 2 * _SPARE
    keys = np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room, np.int64)
    corners = np.empty(d, real), np.empty(d, real), np.empty(d, real)
    scratch = Scratch(make_reach(d, longest), *keys, np.zeros((d, LANES), real), np.empty(LANES, real), *corners)
    event, tiles = np.int64(0), queries.tile_splits[-1]
    first = np.int64(claim(jobs) * TILES_PER_JOB)
    while first < tiles:
        for tile in range(first, min(first + TILES_PER_JOB, tiles)):
            while queries.tile_splits[event + 1] <= tile:
                event += 1
            _search_tile(tree, queries, event, tile, indices, bits, scratch)
        first = np.int64(claim(jobs) * TILES_PER_JOB)


@compiled(parallel=True)
def search(tree: Tree, queries: Tree, threads: int, indices: np.ndarray, bits: np.ndarray) -> None:
    """Fill the rows of all hits in `queries` with their neighbours in `tree`.

    Args:
        tree: the candidates.
        queries: the hits that look for neighbours; may be the same tree.
        threads: how many search. Starting them takes as long as some hundred searches.
        indices: [hits, columns] int32, written; column 0 is the hit itself.
        bits: [hits, columns] int32, written; float32 squared distances.
    """
    jobs = np.zeros(1, np.int64)
    if threads == 1:
        _work(tree, queries, indices, bits, jobs)
    else:
        for _ in numba.prange(threads):
            _work(tree, queries, indices, bits, jobs)
