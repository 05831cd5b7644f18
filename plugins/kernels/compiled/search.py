"""Exact neighbour search with the trees of `tree.py`.

Hits are served tile by tile. For the sixteen hits of a tile: (1) the distance from the middle of the tile to the K-th
nearest of some hits around it bounds the distances of all; (2) one walk through the tree lists the tiles within that
bound, nearest first; (3) each hit scans the listed tiles that its own bound reaches, and keeps the K nearest. Each
bound follows from the triangle inequality, so none of the neighbours is missed.
"""

from __future__ import annotations

import numba
import numpy as np

from registry.plugins.kernels.compiled.lanes import claim, distance_of
from registry.plugins.kernels.compiled.one_hit import (
    LARGEST,
    LEAST,
    OUTWARDS,
    SPARE,
    UNKNOWN,
    Scratch,
    radius_around,
    search_hit,
    write_row,
)
from registry.plugins.kernels.compiled.reach import enter, list_all, list_tiles, make_reach, nearest_tile
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.tree import Tree
from registry.plugins.kernels.compiled.vectors import LANES

TILES_PER_JOB = 16

_FEW_TILES = 4
"""So many are listed without a walk: it takes longer than to look at them."""

_HALVED = np.float32(0.5)


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
        radii[place] = UNKNOWN
    if tree.tile_splits[event + 1] - first <= _FEW_TILES:
        return list_all(tree, event, reach)
    levels = enter(tree, event, reach)
    home = nearest_tile(tree, levels, point, reach)
    radius = radius_around(tree, first, home, tree.tile_splits[event + 1] - first, wanted, point, scratch.keys)
    radii[0] = radius
    distance = (radius + np.sqrt(half)) * OUTWARDS
    limit = min(max(distance * distance * OUTWARDS, LEAST), LARGEST)
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
            count = search_hit(tree, tree.tile_splits[event], found, wanted, scratch)
            if count == wanted and lane + 1 < LANES:
                radii[lane + 1] = np.sqrt(distance_of(keys[count - 1]))
                for c in range(d):
                    known[c, lane + 1] = point[c]
        write_row(np.int64(queries.numbers[d, begin + lane]), keys, count, indices, bits)


@inner
def _work(tree: Tree, queries: Tree, indices: np.ndarray, bits: np.ndarray, jobs: np.ndarray) -> None:
    """Search, on one thread, for the tiles of one job after the other, until there are no more."""
    d, longest = tree.lower.shape[0], np.int64(0)
    for one in range(tree.counts.shape[0]):
        longest = max(longest, tree.tile_splits[one + 1] - tree.tile_splits[one])
    real = np.float32
    room = 2 * indices.shape[1] + 2 * SPARE
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
