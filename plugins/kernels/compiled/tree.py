"""A tree per event over tiles of sixteen hits that lie close together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.splitting import extent, split
from registry.plugins.kernels.compiled.vectors import LANES

NOT_LOOKING, NOT_FOUND = 0, 1
"""Directions of hits that have no neighbours, and that are no neighbours; 2 is neither."""

_STACK = 64
_NAN, _FAR = np.float32(np.nan), np.float32(np.inf)


class Tree(NamedTuple):
    """Hits in spatial order, and boxes around them.

    A tile holds sixteen hits of one event; only an event's last tile may have fewer. The tiles of an event have a box
    each; sixteen of these in a row have a box around them, sixteen of those again, until there are at most sixteen. The
    boxes of an event stand one after the other: those of its tiles, those around them, and so on, each time up to a
    multiple of sixteen: boxes around nothing are at infinity.
    """

    rows: np.ndarray  # [d + 1, 16 tiles]: the coordinates, NaN where there is no hit; bits of the numbers of the hits
    numbers: np.ndarray  # the same memory as int32: the last row are the numbers of the hits
    lower: np.ndarray  # [d, boxes], corners of the boxes
    upper: np.ndarray  # [d, boxes]
    tile_splits: np.ndarray  # [events + 1] int64, the first tile of each event
    box_splits: np.ndarray  # [events + 1] int64, the first box of each event
    counts: np.ndarray  # [events] int64, hits in the tree


@inner(allocates=False)
def whole(size: int) -> int:
    """Return the next multiple of sixteen."""
    return (size + LANES - 1) // LANES * LANES


@inner(allocates=False)
def is_member(coordinates: np.ndarray, direction: np.ndarray, hit: int, without: int) -> bool:
    """Whether a hit has a place, and a direction (if there are any) that is neither 2 nor `without`."""
    for c in range(coordinates.shape[1]):
        value = coordinates[hit, c]
        if value - value != 0:
            return False
    return direction.shape[0] == 0 or (direction[hit] != 2 and direction[hit] != without)


@inner
def _plan(coordinates: np.ndarray, row_splits: np.ndarray, direction: np.ndarray, without: int) -> tuple:
    """Count the hits of every event that are in the tree, their tiles and their boxes."""
    events = row_splits.shape[0] - 1
    counts = np.zeros(events, np.int64)
    tile_splits, box_splits = np.zeros(events + 1, np.int64), np.zeros(events + 1, np.int64)
    for event in range(events):
        for hit in range(row_splits[event], row_splits[event + 1]):
            counts[event] += is_member(coordinates, direction, np.int64(hit), without)
        boxes = (counts[event] + LANES - 1) // LANES
        tile_splits[event + 1] = tile_splits[event] + boxes
        box_splits[event + 1] = box_splits[event] + whole(boxes)
        while boxes > LANES:
            boxes = (boxes + LANES - 1) // LANES
            box_splits[event + 1] += whole(boxes)
    return counts, tile_splits, box_splits


@inner(allocates=False)
def _gather(
    coordinates: np.ndarray,
    direction: np.ndarray,
    without: int,
    begin: int,
    end: int,
    rows: np.ndarray,
    numbers: np.ndarray,
    place: int,
) -> int:
    """Write the hits from `begin` to `end` that are in the tree into the rows, and fill up the last tile."""
    d = coordinates.shape[1]
    for hit in range(begin, end):
        if is_member(coordinates, direction, np.int64(hit), without):
            for c in range(d):
                rows[c, place] = coordinates[hit, c]
            numbers[d, place] = hit
            place += 1
    while place % LANES:
        for c in range(d + 1):
            rows[c, place] = _NAN
        place += 1
    return place


@inner(allocates=False)
def _sort(rows: np.ndarray, first: int, last: int, hits_end: int, buffer: np.ndarray, stack: np.ndarray) -> None:
    """Split the tiles from `first` to `last` until every tile holds hits that lie close together.

    A node is split along the longest side of its box, the largest power of two of its tiles to one side: so every
    aligned run of sixteen tiles, or of 256, is a node.
    """
    d, length = rows.shape[0] - 1, rows.shape[1]
    stack[0], stack[1] = first, last
    size = 2
    while size > 0:
        size -= 2
        first, last = stack[size], stack[size + 1]
        if last - first < 2:
            continue
        half = np.int64(1)
        while 2 * half < last - first:
            half *= 2
        widest, lowest, highest = np.int64(0), np.float32(0), np.float32(-1)
        for c in range(d):
            low, high = extent(rows, c * length + first * LANES, c * length + last * LANES)
            if c == 0 or high - low > highest - lowest:
                widest, lowest, highest = np.int64(c), low, high
        hits = min(last * LANES, hits_end) - first * LANES
        split(rows, widest, first, first + half, last, hits, lowest, highest, buffer)
        stack[size], stack[size + 1] = first, first + half
        stack[size + 2], stack[size + 3] = first + half, last
        size += 4


@inner(allocates=False)
def _fill_up(tree: Tree, start: int, size: int) -> None:
    """Put the boxes behind those that are there, up to a multiple of sixteen, at infinity."""
    for box in range(start + size, start + whole(size)):
        for c in range(tree.lower.shape[0]):
            tree.lower[c, box] = tree.upper[c, box] = _FAR


@inner(allocates=False)
def _enclose(tree: Tree, event: int) -> None:
    """Put the boxes of an event around its tiles, and around one another."""
    rows, lower, upper = tree.rows, tree.lower, tree.upper
    d, length = lower.shape[0], rows.shape[1]
    first, start = tree.tile_splits[event], tree.box_splits[event]
    size = tree.tile_splits[event + 1] - first
    for tile in range(size):
        for c in range(d):
            place = c * length + (first + tile) * LANES
            lower[c, start + tile], upper[c, start + tile] = extent(rows, place, place + LANES)
    _fill_up(tree, start, size)
    while size > LANES:
        above, end = start + whole(size), start + size
        for box in range((size + LANES - 1) // LANES):
            begin = start + box * LANES
            for c in range(d):
                low, high = lower[c, begin], upper[c, begin]
                for one in range(begin + 1, min(begin + LANES, end)):
                    low, high = min(low, lower[c, one]), max(high, upper[c, one])
                lower[c, above + box], upper[c, above + box] = low, high
        start, size = above, (size + LANES - 1) // LANES
        _fill_up(tree, start, size)


@compiled
def build(coordinates: np.ndarray, row_splits: np.ndarray, direction: np.ndarray, without: int) -> Tree:
    """Build the tree of every event over its hits whose coordinates are finite.

    Of directions [hits] int32, if there are any, hits with 2 and with `without` are left out. The same hits always
    give the same tree.
    """
    d = coordinates.shape[1]
    counts, tile_splits, box_splits = _plan(coordinates, row_splits, direction, without)
    events, tiles, boxes = counts.shape[0], tile_splits[-1], box_splits[-1]
    rows = np.empty((d + 1, tiles * LANES), np.float32)
    numbers = rows.view(np.int32)
    lower, upper = np.empty((d, boxes), np.float32), np.empty((d, boxes), np.float32)
    tree = Tree(rows, numbers, lower, upper, tile_splits, box_splits, counts)
    longest = np.int64(0)
    for event in range(events):
        longest = max(longest, counts[event])
    buffer, stack = np.empty((d + 1, longest // 2 + 2 * LANES), np.float32), np.empty(_STACK * 2, np.int64)
    place = np.int64(0)
    for event in range(events):
        end = place + counts[event]
        begin_hit, end_hit = np.int64(row_splits[event]), np.int64(row_splits[event + 1])
        place = _gather(coordinates, direction, without, begin_hit, end_hit, rows, numbers, place)
        _sort(rows, tile_splits[event], tile_splits[event + 1], end, buffer, stack)
        _enclose(tree, event)
    return tree
