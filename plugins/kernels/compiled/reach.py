"""Which tiles of a tree are near: sixteen boxes are looked at side by side."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from registry.plugins.kernels.compiled.comparing import at_least, first_lane, lane_minimum, lanes_set, larger
from registry.plugins.kernels.compiled.keys import LOWER_HALF, append
from registry.plugins.kernels.compiled.lanes import distance_of
from registry.plugins.kernels.compiled.runtime import inner
from registry.plugins.kernels.compiled.sorting import rank
from registry.plugins.kernels.compiled.tree import Tree, whole
from registry.plugins.kernels.compiled.vectors import LANES, load, splat

_LEVELS = 10
_NONE, _ONE = np.uint64(0), np.uint64(1)
_GROUPS = np.int64(2**40)
_FAR = np.float32(np.inf)
_TWO_DIGITS = np.float32(2.0**-29)


class Reach(NamedTuple):
    """The tiles in reach of some hits, nearest first, and their boxes."""

    keys: np.ndarray  # [longest + 32] int64: squared distances and tiles, as `keys.py` defines them, in no order
    ranks: np.ndarray  # [longest + 32] int32, for sorting them
    tiles: np.ndarray  # [longest + 32] int64, places among the tiles of the event
    gaps: np.ndarray  # [longest + 32], squared distances, or a little less: those behind are no smaller
    lower: np.ndarray  # [d, longest + 32]
    upper: np.ndarray  # [d, longest + 32]
    numbers: np.ndarray  # [longest + 32] int32, 0, 1, 2 and so on
    stack: np.ndarray  # [512] int64
    starts: np.ndarray  # [10] int64, for each level of an event's boxes: its first one
    sizes: np.ndarray  # [10] int64, and how many they are


@inner
def make_reach(d: int, longest: int) -> Reach:
    """Allocate room for the tiles of an event."""
    room = whole(longest) + LANES
    return Reach(
        np.empty(room, np.int64),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
        np.empty(room, np.float32),
        np.zeros((d, room), np.float32),
        np.zeros((d, room), np.float32),
        np.arange(room).astype(np.int32),
        np.empty(512, np.int64),
        np.empty(_LEVELS, np.int64),
        np.empty(_LEVELS, np.int64),
    )


@inner(allocates=False)
def squared_gaps(lower: np.ndarray, upper: np.ndarray, begin: int, low: np.ndarray, high: np.ndarray) -> Any:
    """Squared distances of sixteen boxes, from `begin` on, to the box between `low` and `high`.

    They are rounded as squared distances of hits are, and so never larger than that of a hit in one box to one in the
    other.
    """
    length = lower.shape[1]
    nothing = splat(np.float32(0))
    total = nothing
    for c in range(low.shape[0]):
        above = load(lower, c * length + begin) - splat(high[c])
        below = splat(low[c]) - load(upper, c * length + begin)
        gap = larger(larger(above, below), nothing)
        total = total + gap * gap
    return total


@inner(allocates=False)
def enter(tree: Tree, event: int, reach: Reach) -> np.int64:
    """Note where the levels of an event's boxes begin; return how many there are."""
    size, start = tree.tile_splits[event + 1] - tree.tile_splits[event], tree.box_splits[event]
    reach.starts[0], reach.sizes[0] = start, size
    levels = np.int64(1)
    while size > LANES:
        start += whole(size)
        size = (size + LANES - 1) // LANES
        reach.starts[levels], reach.sizes[levels] = start, size
        levels += 1
    return levels


@inner(allocates=False)
def nearest_tile(tree: Tree, levels: int, point: np.ndarray, reach: Reach) -> np.int64:
    """Return the place among the event's tiles of one that the point is in or near to."""
    place = np.int64(0)
    for level in range(levels - 1, -1, -1):
        gaps = squared_gaps(tree.lower, tree.upper, reach.starts[level] + place * LANES, point, point)
        nearest = lanes_set(at_least(splat(lane_minimum(gaps)), gaps))
        place = place * LANES + np.int64(first_lane(nearest))
    return place


@inner(allocates=False)
def list_tiles(tree: Tree, levels: int, low: np.ndarray, high: np.ndarray, limit: np.float32, reach: Reach) -> Any:
    """List the tiles within `limit` (squared) of the box between `low` and `high`, nearest first; return how many."""
    keys, stack, starts = reach.keys, reach.stack, reach.starts
    widest = splat(limit)
    found = np.int64(0)
    stack[0] = (levels - 1) * _GROUPS
    size = np.int64(1)
    while size > 0:
        size -= 1
        level, group = stack[size] // _GROUPS, stack[size] % _GROUPS
        gaps = squared_gaps(tree.lower, tree.upper, starts[level] + group * LANES, low, high)
        near = lanes_set(at_least(widest, gaps))
        if level == 0:
            found = append(keys, found, load(reach.numbers, group * LANES), gaps, near)
        else:
            while near != _NONE:
                stack[size] = (level - 1) * _GROUPS + group * LANES + np.int64(first_lane(near))
                near &= near - _ONE
                size += 1
    _put_in_order(tree, found, limit, reach)
    return found


@inner(allocates=False)
def list_all(tree: Tree, event: int, reach: Reach) -> Any:
    """List all tiles of an event, as if none were farther than another; return how many."""
    found = tree.tile_splits[event + 1] - tree.tile_splits[event]
    for place in range(found):
        reach.keys[place] = place
    reach.starts[0] = tree.box_splits[event]
    _put_in_order(tree, found, np.float32(0), reach)
    return found


@inner(allocates=False)
def _put_in_order(tree: Tree, found: int, limit: np.float32, reach: Reach) -> None:
    """Copy the listed tiles and their boxes, the nearest first; all are within `limit`."""
    start, d = reach.starts[0], tree.lower.shape[0]
    mask = rank(reach.keys, found, limit, reach.ranks)
    # What a rank does not hold of a distance, twice.
    rounding = limit * np.float32(mask + 1) * _TWO_DIGITS
    for place in range(found):
        key = reach.keys[reach.ranks[place] & mask]
        tile = key & LOWER_HALF
        reach.tiles[place] = tile
        reach.gaps[place] = distance_of(key) - rounding
        for c in range(d):
            reach.lower[c, place] = tree.lower[c, start + tile]
            reach.upper[c, place] = tree.upper[c, start + tile]
    for place in range(found, whole(found)):
        for c in range(d):
            reach.lower[c, place] = _FAR
