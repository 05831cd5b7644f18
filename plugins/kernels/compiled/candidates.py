"""The candidates of one hit: a buffer that is filled tile by tile and cut down to the nearest whenever it is full."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.plugins.kernels.compiled.comparing import at_least, first_lane, lanes_set
from registry.plugins.kernels.compiled.ordering import keep_nearest
from registry.plugins.kernels.compiled.runtime import inner
from registry.plugins.kernels.compiled.vectors import LANES, load, splat, store_pairs

LARGEST = np.float32(3.0e38)
_NONE, _ONE = np.uint64(0), np.uint64(1)


class Candidates(NamedTuple):
    """Keys as `ordering.py` defines them, and what is needed to sort them."""

    keys: np.ndarray  # [capacity + 16] uint64
    halves: np.ndarray  # [2 (capacity + 16)] float32, the keys again: every second is a squared distance
    nearest: np.ndarray  # [capacity + 16] uint64, the keys in order
    nearest_halves: np.ndarray  # the same as float32
    bins: np.ndarray  # int32, for sorting
    pairs: np.ndarray  # [16] uint64, keys of the tile that is being scanned


@inner
def make_candidates(wanted: int) -> Candidates:
    """Allocate room for the candidates of a hit that wants so many neighbours.

    Half of a full buffer is thrown away: with less room that happens too often, with more the limit on the distance,
    which is known only then, comes too late.
    """
    room = 2 * wanted + 2 * LANES + LANES
    keys, nearest = np.empty(room, np.uint64), np.empty(room, np.uint64)
    bins = np.empty(room + 1, np.int32)
    return Candidates(keys, keys.view(np.float32), nearest, nearest.view(np.float32), bins, np.empty(LANES, np.uint64))


@inner(allocates=False)
def scan(
    points: np.ndarray, hits: np.ndarray, tile: int, point: np.ndarray, limit: np.float32, into: Candidates, count: int
) -> int:
    """Append the hits of a tile within `limit` (squared) to the keys and return the new count."""
    keys, pairs = into.keys, into.pairs
    d = point.shape[0]
    total = splat(np.float32(0))
    for c in range(d):
        step = load(points, (tile * d + c) * LANES) - splat(point[c])
        total = total + step * step
    inside = lanes_set(at_least(splat(limit), total))
    if inside != _NONE:
        store_pairs(pairs, load(hits, tile * LANES), total)
        while inside != _NONE:
            keys[count] = pairs[first_lane(inside)]
            count += 1
            inside &= inside - _ONE
    return count


@inner(allocates=False)
def is_full(candidates: Candidates, count: int) -> bool:
    """Whether there may be no room for one more tile."""
    return count > candidates.keys.shape[0] - LANES


@inner(allocates=False)
def shrink(candidates: Candidates, count: int, wanted: int, limit: np.float32) -> tuple:
    """Keep only the `wanted` nearest of the keys; return the new count and the new limit."""
    keys, nearest = candidates.keys, candidates.nearest
    count = keep_nearest(keys, candidates.halves, count, wanted, nearest, candidates.bins)
    for place in range(count):
        keys[place] = nearest[place]
    if count < wanted:
        return count, limit
    return count, min(limit, candidates.nearest_halves[2 * count - 1])
