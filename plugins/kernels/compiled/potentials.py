"""Repulsion between hits and objects, sixteen hits at a time, without a hits x objects matrix.

The hits of an event lie in tiles of sixteen that are close together (those of `tree.py`), with a box around each: an
object skips the tiles out of the potential's range. One pass, object by object, sums the potential and its derivatives
for centre and scale; a second, tile by tile, sums the derivatives for the hits. Neither pass shares a sum between
threads, so results do not depend on their number.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from registry.plugins.kernels.compiled.comparing import at_least, choose, equal, lane_sum
from registry.plugins.kernels.compiled.mathematics import absolute, exponential, square_root
from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.vectors import LANES, constant, load, splat, store

GAUSSIAN, HINGE = 0, 1
_SOFTENING = 1e-6


class Tiles(NamedTuple):
    """Hits in tiles of sixteen; an event's last tile is filled up with hits of charge 0."""

    hits: np.ndarray  # [tiles, 16] int32, numbers of the hits
    filled: np.ndarray  # [tiles] int32, how many of the sixteen there are
    points: np.ndarray  # [tiles, C, 16]
    charges: np.ndarray  # [tiles, 16]
    objects: np.ndarray  # [tiles, 16] int32
    lower: np.ndarray  # [tiles, C], corner of the box around the tile
    upper: np.ndarray  # [tiles, C]
    event: np.ndarray  # [tiles] int32


@compiled
def lay_out(
    hits: np.ndarray,
    tile_splits: np.ndarray,
    counts: np.ndarray,
    x: np.ndarray,
    charges: np.ndarray,
    object_of_hit: np.ndarray,
) -> Tiles:
    """Fill tiles with the values of the hits listed in `hits` [tiles, 16]; `counts` is hits per event.

    One thread does it: a millisecond for 45,000 hits, and a parallel loop takes four times as long to compile.
    """
    tiles, width = hits.shape[0], x.shape[1]
    filled, event_of = np.empty(tiles, np.int32), np.empty(tiles, np.int32)
    points = np.empty((tiles, width, LANES), x.dtype)
    tile_charges = np.zeros((tiles, LANES), x.dtype)
    objects = np.full((tiles, LANES), -1, np.int32)
    lower, upper = np.empty((tiles, width), x.dtype), np.empty((tiles, width), x.dtype)
    event = np.int64(0)
    for tile in range(tiles):
        while tile_splits[event + 1] <= tile:
            event += 1
        event_of[tile] = event
        filled[tile] = min(LANES, counts[event] - (tile - tile_splits[event]) * LANES)
        for lane in range(LANES):
            hit = hits[tile, lane if lane < filled[tile] else 0]
            for c in range(width):
                points[tile, c, lane] = x[hit, c]
            if lane < filled[tile]:
                tile_charges[tile, lane] = charges[hit]
                objects[tile, lane] = object_of_hit[hit]
        for c in range(width):
            low = high = points[tile, c, 0]
            for lane in range(1, LANES):
                low, high = min(low, points[tile, c, lane]), max(high, points[tile, c, lane])
            lower[tile, c], upper[tile, c] = low, high
    return Tiles(hits, filled, points, tile_charges, objects, lower, upper, event_of)


@inner(allocates=False)
def _event_of(k: int, object_splits: np.ndarray) -> int:
    """Return the event of an object: `np.searchsorted` takes ten times as long to compile."""
    low, high = np.int64(0), np.int64(object_splits.shape[0])
    while low < high:
        middle = (low + high) >> 1
        if object_splits[middle] <= k:
            low = middle + 1
        else:
            high = middle
    return int(low - 1)


@inner(allocates=False)
def _in_range(lower: np.ndarray, upper: np.ndarray, tile: int, centres: np.ndarray, k: int, reach: float) -> bool:
    """Whether any point of the tile's box is within squared distance `reach` of the centre."""
    total = centres.dtype.type(0)
    for c in range(centres.shape[1]):
        gap = max(max(lower[tile, c] - centres[k, c], centres[k, c] - upper[tile, c]), centres.dtype.type(0))
        total += gap * gap
    return total <= reach


@inner(allocates=False)
def _distance(points: np.ndarray, tile: int, centres: np.ndarray, k: int, manhattan: bool) -> Any:
    """Distance of sixteen hits to a centre: Manhattan as it is, Euclidean squared."""
    width = centres.shape[1]
    total = splat(centres.dtype.type(0))
    for c in range(width):
        step = load(points, (tile * width + c) * LANES) - splat(centres[k, c])
        total = total + (absolute(step) if manhattan else step * step)
    return total


@inner(allocates=False)
def _potential(u: Any, form: int) -> Any:
    """Return R(u) and dR/du."""
    half = constant(-0.5, u)
    if form == GAUSSIAN:
        value = exponential(u * half)
        return value, value * half
    root = square_root(u + constant(_SOFTENING, u))
    beyond, zero = at_least(root, constant(1, u)), constant(0, u)
    return choose(beyond, zero, constant(1, u) - root), choose(beyond, zero, half / root)


@inner(allocates=False)
def _direction(
    points: np.ndarray, tile: int, c: int, centres: np.ndarray, k: int, distance: Any, manhattan: bool
) -> Any:
    """Return half the derivative of the (squared) distance for coordinate c of the hits."""
    step = load(points, (tile * centres.shape[1] + c) * LANES) - splat(centres[k, c])
    if not manhattan:
        return step
    zero = constant(0, step)
    towards = choose(at_least(step, zero), distance, zero - distance)
    return choose(at_least(zero, absolute(step)), zero, towards)


@compiled(parallel=True)
def object_sums(
    tiles: Tiles,
    tile_splits: np.ndarray,
    centres: np.ndarray,
    scales: np.ndarray,
    object_splits: np.ndarray,
    form: int,
    manhattan: bool,
    reach: float,
    result: np.ndarray,
) -> None:
    """Write, for every object, the sum of R q and its derivatives for centre and scale to `result` [objects, C + 2].

    `reach` is the largest u at which R is not 0.
    """
    points, charges, owners, lower, upper = tiles.points, tiles.charges, tiles.objects, tiles.lower, tiles.upper
    width = centres.shape[1]
    one = centres.dtype.type(1)
    for number in numba.prange(centres.shape[0]):
        k = np.int64(number)
        event = _event_of(k, object_splits)
        inverse = one / scales[k]
        sums = np.zeros((width + 2, LANES), centres.dtype)
        for tile in range(tile_splits[event], tile_splits[event + 1]):
            if not _in_range(lower, upper, tile, centres, k, reach * scales[k]):
                continue
            distance = _distance(points, tile, centres, k, manhattan)
            u = (distance * distance if manhattan else distance) * splat(inverse)
            value, slope = _potential(u, form)
            own = equal(load(owners, tile * LANES), splat(np.int32(k)))
            charge = choose(own, constant(0, u), load(charges, tile * LANES))
            store(sums, 0, load(sums, 0) + value * charge)
            slope = slope * charge
            for c in range(width):
                part = slope * _direction(points, tile, c, centres, k, distance, manhattan)
                store(sums, (c + 1) * LANES, load(sums, (c + 1) * LANES) + part)
            store(sums, (width + 1) * LANES, load(sums, (width + 1) * LANES) + slope * u)
        result[k, 0] = lane_sum(load(sums, 0))
        for c in range(width):
            result[k, c + 1] = -2 * inverse * lane_sum(load(sums, (c + 1) * LANES))
        result[k, width + 1] = -inverse * lane_sum(load(sums, (width + 1) * LANES))


@compiled(parallel=True)
def hit_gradients(
    tiles: Tiles,
    centres: np.ndarray,
    scales: np.ndarray,
    object_splits: np.ndarray,
    upstream: np.ndarray,
    form: int,
    manhattan: bool,
    reach: float,
    to_x: np.ndarray,
    to_charges: np.ndarray,
) -> None:
    """Write the gradients for the hits: `to_x` [hits, C] and `to_charges` [hits]."""
    hits, points, charges, owners = tiles.hits, tiles.points, tiles.charges, tiles.objects
    lower, upper, filled, event = tiles.lower, tiles.upper, tiles.filled, tiles.event
    width = centres.shape[1]
    one = centres.dtype.type(1)
    for number in numba.prange(hits.shape[0]):
        tile = np.int64(number)
        sums = np.zeros((width + 1, LANES), centres.dtype)
        for k in range(np.int64(object_splits[event[tile]]), np.int64(object_splits[event[tile] + 1])):
            if not _in_range(lower, upper, tile, centres, k, reach * scales[k]):
                continue
            distance = _distance(points, tile, centres, k, manhattan)
            u = (distance * distance if manhattan else distance) * splat(one / scales[k])
            value, slope = _potential(u, form)
            own = equal(load(owners, tile * LANES), splat(np.int32(k)))
            factor = choose(own, constant(0, u), splat(upstream[k]))
            store(sums, 0, load(sums, 0) + value * factor)
            slope = slope * factor * constant(2 / scales[k], u)
            for c in range(width):
                part = slope * _direction(points, tile, c, centres, k, distance, manhattan)
                store(sums, (c + 1) * LANES, load(sums, (c + 1) * LANES) + part)
        for lane in range(filled[tile]):
            hit = hits[tile, lane]
            to_charges[hit] = sums[0, lane]
            for c in range(width):
                to_x[hit, c] = sums[c + 1, lane] * charges[tile, lane]
