"""A k-d tree per event over tiles of sixteen hits."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from plugins.kernels.compiled.runtime import compiled
from plugins.kernels.compiled.vectors import LANES

_SIGN = np.uint32(0x80000000)
_ALL = np.uint32(0xFFFFFFFF)
_LOWER_HALF = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Tree(NamedTuple):
    """Hits in spatial order, and boxes around them.

    A tile holds up to sixteen hits of one event; only an event's last tile is not full. A node covers the tiles from
    `first` to `last` (exclusive); its children follow as in a binary heap: 2i+1 and 2i+2, from the event's root on.
    A node with at most one tile is a leaf.
    """

    points: (
        np.ndarray
    )  # [tiles, d, 16], coordinate by coordinate; NaN where there is no hit, so never within a distance
    hits: np.ndarray  # [tiles, 16] int32, numbers of the hits
    first: np.ndarray  # [nodes] int64
    last: np.ndarray  # [nodes] int64
    lower: np.ndarray  # [nodes, d], corner of the box around the node's hits
    upper: np.ndarray  # [nodes, d]
    roots: np.ndarray  # [events + 1] int64, the first node of each event
    tile_splits: np.ndarray  # [events + 1] int64, the first tile of each event
    counts: np.ndarray  # [events] int64, hits in the tree


@compiled
def _plan(row_splits: np.ndarray, members: np.ndarray) -> tuple:
    """Count hits, tiles and nodes of every event, and list the member hits event by event."""
    events = row_splits.shape[0] - 1
    counts = np.zeros(events, np.int64)
    starts = np.zeros(events + 1, np.int64)
    tile_splits = np.zeros(events + 1, np.int64)
    roots = np.zeros(events + 1, np.int64)
    order = np.empty(members.shape[0], np.uint64)
    position = 0
    for event in range(events):
        for hit in range(row_splits[event], row_splits[event + 1]):
            if members[hit]:
                order[position] = np.uint64(hit)
                position += 1
        starts[event + 1] = position
        counts[event] = position - starts[event]
        tiles = (counts[event] + LANES - 1) // LANES
        tile_splits[event + 1] = tile_splits[event] + tiles
        nodes = 1
        while (nodes + 1) // 2 < tiles:
            nodes = 2 * nodes + 1
        roots[event + 1] = roots[event] + nodes
    return counts, starts, tile_splits, roots, order


@compiled(allocates=False)
def _place_nth(keys: np.ndarray, begin: int, end: int, nth: int) -> None:
    """Reorder keys[begin:end] (all different) so that those before `nth` are smaller than those from `nth` on."""
    low, high = begin, end - 1
    while high > low:
        left, middle, right = keys[low], keys[(low + high) >> 1], keys[high]
        pivot = max(min(left, middle), min(max(left, middle), right))
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                i += 1
                j -= 1
        if nth <= j:
            high = j
        elif nth >= i:
            low = i
        else:
            return


@compiled(allocates=False)
def _sortable(bits: np.uint32) -> np.uint64:
    """Map the bits of a float32 to an integer with the same order."""
    return np.uint64(np.uint32(bits ^ _ALL) if bits & _SIGN else np.uint32(bits | _SIGN))


@compiled(allocates=False)
def _enclose(
    coordinates: np.ndarray, order: np.ndarray, begin: int, end: int, lower: np.ndarray, upper: np.ndarray
) -> int:
    """Write the box around the hits order[begin:end] and return its widest coordinate."""
    widest, width = 0, np.float32(-1)
    for c in range(coordinates.shape[1]):
        low, high = np.float32(np.inf), np.float32(-np.inf)
        for i in range(begin, end):
            value = coordinates[order[i] & _LOWER_HALF, c]
            low, high = min(low, value), max(high, value)
        lower[c], upper[c] = low, high
        if high - low > width:
            widest, width = c, high - low
    return widest


@compiled(parallel=True)
def build(coordinates: np.ndarray, row_splits: np.ndarray, members: np.ndarray) -> Tree:
    """Build the tree of every event over the hits where `members` [hits] bool is set (their coordinates are finite).

    A node's hits are split at the middle tile along the box's longest side: all tiles but the last are full, and the
    same hits always give the same tree, whatever the number of threads.
    """
    d = coordinates.shape[1]
    bits = coordinates.view(np.uint32)
    counts, starts, tile_splits, roots, order = _plan(row_splits, members)
    events = counts.shape[0]
    nodes = roots[events]
    first, last = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    lower, upper = np.empty((nodes, d), np.float32), np.empty((nodes, d), np.float32)
    deepest = 0
    for event in range(events):
        first[roots[event]], last[roots[event]] = tile_splits[event], tile_splits[event + 1]
        deepest = max(deepest, roots[event + 1] - roots[event])
    width = 1
    while width <= deepest:
        for job in numba.prange(events * width):
            event, place = job // width, job % width
            node = roots[event] + width - 1 + place
            if node < roots[event + 1] and first[node] < last[node]:
                offset = starts[event] - tile_splits[event] * LANES
                begin = offset + first[node] * LANES
                end = min(offset + last[node] * LANES, starts[event + 1])
                widest = _enclose(coordinates, order, begin, end, lower[node], upper[node])
                if last[node] - first[node] > 1:
                    middle = (first[node] + last[node] + 1) // 2
                    for i in range(begin, end):
                        hit = order[i] & _LOWER_HALF
                        order[i] = (_sortable(bits[hit, widest]) << _HALF) | hit
                    _place_nth(order, begin, end, offset + middle * LANES)
                    child = 2 * node + 1 - roots[event]
                    first[child], last[child] = first[node], middle
                    first[child + 1], last[child + 1] = middle, last[node]
        width *= 2
    points, hits = _fill_tiles(coordinates, order, starts, tile_splits)
    return Tree(points, hits, first, last, lower, upper, roots, tile_splits, counts)


@compiled(parallel=True)
def _fill_tiles(coordinates: np.ndarray, order: np.ndarray, starts: np.ndarray, tile_splits: np.ndarray) -> tuple:
    """Lay out coordinates and numbers of the hits tile by tile."""
    d, tiles = coordinates.shape[1], tile_splits[-1]
    points = np.empty((tiles, d, LANES), np.float32)
    hits = np.zeros((tiles, LANES), np.int32)
    for tile in numba.prange(tiles):
        event = np.searchsorted(tile_splits, tile, side="right") - 1
        begin = starts[event] + (tile - tile_splits[event]) * LANES
        filled = min(LANES, starts[event + 1] - begin)
        for lane in range(filled):
            hit = order[begin + lane] & _LOWER_HALF
            hits[tile, lane] = hit
            for c in range(d):
                points[tile, c, lane] = coordinates[hit, c]
        for c in range(d):
            points[tile, c, filled:] = np.nan
    return points, hits
