"""The search for one hit: its candidates among the listed tiles, the nearest of them in order, and its row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.plugins.kernels.compiled.comparing import at_least, first_lane, lane_minimum, lanes_set
from registry.plugins.kernels.compiled.keys import LOWER_HALF, WIDTH, append, keep_nearest
from registry.plugins.kernels.compiled.lanes import distance_of, half_of_each
from registry.plugins.kernels.compiled.mathematics import square_root
from registry.plugins.kernels.compiled.reach import Reach, squared_gaps
from registry.plugins.kernels.compiled.runtime import inner
from registry.plugins.kernels.compiled.sorting import sort
from registry.plugins.kernels.compiled.tree import Tree
from registry.plugins.kernels.compiled.vectors import LANES, load, load_like, splat, store, zeros

# Bounds are rounded outwards by this factor: a rounding error may cost a visit, never a neighbour. Squares of what is
# smaller than the root of the least bound have lost digits.
OUTWARDS = np.float32(1.00001)
LEAST, LARGEST = np.float32(1e-30), np.finfo(np.float32).max
UNKNOWN = np.sqrt(LARGEST)

SPARE = 2 * LANES
"""Places that are left in the keys when they are cut down: those of one tile, and what is written beside them."""

_NONE, _ONE, _HALF = np.uint64(0), np.uint64(1), np.int64(32)

_AROUND = 3
"""Hits around a point that bound the distance to its K-th nearest, in units of K."""


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
    return min(max(radius * radius * OUTWARDS, LEAST), LARGEST)


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
def radius_around(
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
    count, limit = np.int64(0), LARGEST
    for tile in range(begin, min(begin + run, first + tiles)):
        count = _scan(rows, numbers, tile, point, limit, keys, count)
        if count > keys.shape[0] - SPARE:
            count, highest = keep_nearest(keys, count, wanted, _most(wanted), limit, point.shape[0])
            limit = min(limit, distance_of(highest))
    if count < wanted:
        return UNKNOWN
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
def search_hit(tree: Tree, first: int, found: int, wanted: int, scratch: Scratch) -> int:
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
            if count > keys.shape[0] - SPARE:
                count, highest = keep_nearest(keys, count, wanted, _most(wanted), limit, point.shape[0])
                limit, last = min(limit, distance_of(highest)), highest & LOWER_HALF
    count, highest = keep_nearest(keys, count, wanted, _most(wanted), limit, point.shape[0])
    sort(keys, count, distance_of(highest), scratch.ranks, scratch.nearest)
    return min(count, wanted)


@inner(allocates=False)
def write_row(hit: int, keys: np.ndarray, count: int, indices: np.ndarray, bits: np.ndarray) -> None:
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
