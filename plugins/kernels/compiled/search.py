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

from registry.plugins.kernels.compiled.bounds import (
    OUTWARDS,
    REMEMBERED,
    STACK,
    Known,
    Reach,
    bound,
    forget,
    list_tiles,
    radius_around,
    remember,
)
from registry.plugins.kernels.compiled.candidates import Candidates, is_full, make_candidates, scan, shrink
from registry.plugins.kernels.compiled.comparing import at_least, first_lane, lanes_set, larger
from registry.plugins.kernels.compiled.ordering import keep_nearest
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.tree import Tree
from registry.plugins.kernels.compiled.vectors import LANES, load, splat

GROUPS_PER_JOB = 2
_LOWER_HALF = np.uint64(0xFFFFFFFF)
_HIGHEST_NUMBER = np.int64(2**31)
_NONE, _ONE = np.uint64(0), np.uint64(1)


class Scratch(NamedTuple):
    """Working memory of one thread."""

    candidates: Candidates
    known: Known
    reach: Reach
    point: np.ndarray  # [d], the hit
    centre: np.ndarray  # [d], the middle of the group


@inner
def make_scratch(d: int, wanted: int, longest: int) -> Scratch:
    """Allocate the working memory for `wanted` neighbours among events of at most `longest` tiles."""
    longest = (longest + LANES) // LANES * LANES
    real = np.float32
    known = Known(np.zeros((d, REMEMBERED), real), np.empty(REMEMBERED, real))
    reach = Reach(
        np.empty(STACK, np.int64),
        np.empty(longest, np.int64),
        np.zeros((d, longest), real),
        np.zeros((d, longest), real),
    )
    return Scratch(make_candidates(wanted), known, reach, np.empty(d, real), np.empty(d, real))


@inner(allocates=False)
def _reach_of_group(
    tree: Tree, event: int, wanted: int, lower: np.ndarray, upper: np.ndarray, scratch: Scratch, served: int
) -> int:
    """List the tiles that any hit in the box may need, and return their number; the centre becomes known."""
    centre = scratch.centre
    half = np.float32(0)
    for c in range(centre.shape[0]):
        centre[c] = np.float32(0.5) * lower[c] + np.float32(0.5) * upper[c]
        step = max(upper[c] - centre[c], centre[c] - lower[c])
        half += step * step
    limit = bound(centre, scratch.known)
    radius = radius_around(tree, event, wanted, centre, limit, scratch.reach.stack, scratch.candidates)
    remember(scratch.known, served, centre, radius)
    distance = (radius + np.sqrt(half)) * OUTWARDS
    return list_tiles(tree, event, lower, upper, centre, distance, scratch.reach)


@inner(allocates=False)
def _search_hit(tree: Tree, wanted: int, found: int, scratch: Scratch) -> int:
    """Put the `wanted` nearest of the listed tiles' hits in order, and return how many there are.

    Where more hits than wanted lie at one point, all distances are 0 and the lowest numbers win: tiles with none of
    those are left out, or such hits would each visit all others.
    """
    points, hits, lowest = tree.points, tree.hits, tree.lowest
    tiles, lower, upper = scratch.reach.tiles, scratch.reach.lower, scratch.reach.upper
    point, candidates = scratch.point, scratch.candidates
    d, longest = point.shape[0], tiles.shape[0]
    limit = bound(point, scratch.known)
    count, last = np.int64(0), _HIGHEST_NUMBER
    for begin in range(0, found, LANES):
        total = splat(np.float32(0))
        for c in range(d):
            here = splat(point[c])
            below = load(lower, c * longest + begin) - here
            above = here - load(upper, c * longest + begin)
            gap = larger(larger(below, above), splat(np.float32(0)))
            total = total + gap * gap
        near = lanes_set(at_least(splat(limit * OUTWARDS), total))
        if found - begin < LANES:
            near &= (_ONE << np.uint64(found - begin)) - _ONE
        while near != _NONE:
            tile = tiles[begin + np.int64(first_lane(near))]
            near &= near - _ONE
            if limit == 0 and lowest[tile] > last:
                continue
            count = scan(points, hits, tile, point, limit, candidates, count)
            if is_full(candidates, count):
                count, limit = shrink(candidates, count, wanted, limit)
                last = np.int64(candidates.nearest[count - 1] & _LOWER_HALF)
    return keep_nearest(candidates.keys, candidates.halves, count, wanted, candidates.nearest, candidates.bins)


@inner(allocates=False)
def _write_row(hit: int, count: int, candidates: Candidates, indices: np.ndarray, distances: np.ndarray) -> None:
    """Write the hit itself, its neighbours (the hit left out) and padding."""
    nearest, nearest_halves = candidates.nearest, candidates.nearest_halves
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


@inner(allocates=False)
def _search_group(
    tree: Tree,
    queries: Tree,
    event: int,
    node: int,
    indices: np.ndarray,
    distances: np.ndarray,
    scratch: Scratch,
    served: int,
) -> int:
    """Serve the hits of one node of the query tree; return the number of points served so far."""
    query_points, query_hits, point = queries.points, queries.hits, scratch.point
    wanted = min(indices.shape[1], tree.counts[event])
    found = np.int64(0)
    if wanted > 0:
        found = _reach_of_group(tree, event, wanted, queries.lower[node], queries.upper[node], scratch, served)
        served += 1
    end = queries.tile_splits[event] * LANES + queries.counts[event]
    for place in range(queries.first[node] * LANES, min(queries.last[node] * LANES, end)):
        tile, lane = place // LANES, place % LANES
        for c in range(point.shape[0]):
            point[c] = query_points[tile, c, lane]
        count = _search_hit(tree, wanted, found, scratch)
        if count == wanted and count > 0:
            remember(scratch.known, served, point, np.sqrt(scratch.candidates.nearest_halves[2 * count - 1]))
            served += 1
        _write_row(np.int64(query_hits[tile, lane]), count, scratch.candidates, indices, distances)
    return served


@inner
def _list_groups(queries: Tree, size: int) -> tuple:
    """List the largest nodes with at most `size` tiles: event and node of each group."""
    capacity = queries.first.shape[0]
    event_of, node_of = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    stack = np.empty(STACK, np.int64)
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
    """Fill the rows of all hits in `queries` with their neighbours in `tree`.

    Args:
        tree: the candidates.
        queries: the hits that look for neighbours; may be the same tree.
        group_tiles: tiles a group.
        indices: [hits, columns] int32, written; column 0 is the hit itself.
        distances: [hits, columns] float32, squared, written.
    """
    event_of, node_of = _list_groups(queries, group_tiles)
    groups = event_of.shape[0]
    longest = np.int64(1)
    for event in range(tree.counts.shape[0]):
        longest = max(longest, tree.tile_splits[event + 1] - tree.tile_splits[event])
    for job in numba.prange((groups + GROUPS_PER_JOB - 1) // GROUPS_PER_JOB):
        scratch = make_scratch(tree.points.shape[1], indices.shape[1], longest)
        served, previous = np.int64(0), np.int64(-1)
        for group in range(job * GROUPS_PER_JOB, min(groups, (job + 1) * GROUPS_PER_JOB)):
            event, node = event_of[group], node_of[group]
            if event != previous:
                forget(scratch.known)
            served = _search_group(tree, queries, event, node, indices, distances, scratch, served)
            previous = event
