"""A k-d tree per event over tiles of sixteen hits."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from registry.plugins.kernels.compiled.runtime import compiled, inner
from registry.plugins.kernels.compiled.vectors import LANES

_SIGN = np.uint32(0x80000000)
_ALL = np.uint32(0xFFFFFFFF)
_LOWER_HALF = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
NODES_A_THREAD = 2
_STACK = 128


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
    lowest: np.ndarray  # [tiles] int32, the lowest of them
    first: np.ndarray  # [nodes] int64
    last: np.ndarray  # [nodes] int64
    lower: np.ndarray  # [nodes, d], corner of the box around the node's hits
    upper: np.ndarray  # [nodes, d]
    roots: np.ndarray  # [events + 1] int64, the first node of each event
    tile_splits: np.ndarray  # [events + 1] int64, the first tile of each event
    counts: np.ndarray  # [events] int64, hits in the tree


@inner
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


@inner(allocates=False)
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


@inner(allocates=False)
def _sortable(bits: np.uint32) -> np.uint64:
    """Map the bits of a float32 to an integer with the same order."""
    return np.uint64(np.uint32(bits ^ _ALL) if bits & _SIGN else np.uint32(bits | _SIGN))


@inner(allocates=False)
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


@inner(allocates=False)
def _fill_tile(tree: Tree, tile: int, coordinates: np.ndarray, order: np.ndarray, begin: int, end: int) -> None:
    """Lay out coordinates and numbers of the hits order[begin:end] in a tile."""
    points, hits = tree.points, tree.hits
    lowest = np.int64(_LOWER_HALF)
    for lane in range(LANES):
        filled = begin + lane < end
        hit = np.int64(order[begin + lane] & _LOWER_HALF) if filled else np.int64(0)
        hits[tile, lane] = hit
        if filled:
            lowest = min(lowest, hit)
        for c in range(coordinates.shape[1]):
            points[tile, c, lane] = coordinates[hit, c] if filled else np.float32(np.nan)
    tree.lowest[tile] = lowest


@inner(allocates=False)
def _split(
    tree: Tree, event: int, node: int, start: int, coordinates: np.ndarray, bits: np.ndarray, order: np.ndarray
) -> None:
    """Put a box around the node's hits; share its tiles out to two children, or fill the only one it has.

    `start` is where the hits of the event begin in `order`; `bits` is `coordinates` seen as integers.
    """
    first, last = tree.first, tree.last
    offset = start - tree.tile_splits[event] * LANES
    begin = offset + first[node] * LANES
    end = min(offset + last[node] * LANES, start + tree.counts[event])
    widest = _enclose(coordinates, order, begin, end, tree.lower[node], tree.upper[node])
    if last[node] - first[node] == 1:
        _fill_tile(tree, first[node], coordinates, order, begin, end)
        return
    middle = (first[node] + last[node] + 1) // 2
    for i in range(begin, end):
        hit = order[i] & _LOWER_HALF
        order[i] = (_sortable(bits[hit, widest]) << _HALF) | hit
    _place_nth(order, begin, end, offset + middle * LANES)
    child = 2 * node + 1 - tree.roots[event]
    first[child], last[child] = first[node], middle
    first[child + 1], last[child + 1] = middle, last[node]


@inner(allocates=False)
def _grow(
    tree: Tree,
    event: int,
    node: int,
    start: int,
    coordinates: np.ndarray,
    bits: np.ndarray,
    order: np.ndarray,
    stack: np.ndarray,
) -> None:
    """Split a node and everything below it."""
    first, last = tree.first, tree.last
    stack[0] = node
    size = 1
    while size > 0:
        size -= 1
        node = stack[size]
        if first[node] == last[node]:
            continue
        _split(tree, event, node, start, coordinates, bits, order)
        if last[node] - first[node] > 1:
            child = 2 * node + 1 - tree.roots[event]
            stack[size], stack[size + 1] = child + 1, child
            size += 2


@compiled(parallel=True)
def build(coordinates: np.ndarray, row_splits: np.ndarray, members: np.ndarray, threads: int) -> Tree:
    """Build the tree of every event over the hits where `members` [hits] bool is set (their coordinates are finite).

    A node's hits are split at the middle tile along the box's longest side: all tiles but the last are full, and the
    same hits always give the same tree, whatever the number of `threads`. Levels are split one after the other until
    there are a few nodes for every thread, which then grow on their own: starting the threads costs as much as
    splitting hundreds of hits.
    """
    d = coordinates.shape[1]
    bits = coordinates.view(np.uint32)
    counts, starts, tile_splits, roots, order = _plan(row_splits, members)
    events, nodes, tiles = counts.shape[0], roots[-1], tile_splits[-1]
    first, last = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    lower, upper = np.empty((nodes, d), np.float32), np.empty((nodes, d), np.float32)
    for event in range(events):
        first[roots[event]], last[roots[event]] = tile_splits[event], tile_splits[event + 1]
    points, hits = np.empty((tiles, d, LANES), np.float32), np.empty((tiles, LANES), np.int32)
    tree = Tree(points, hits, np.empty(tiles, np.int32), first, last, lower, upper, roots, tile_splits, counts)
    width = 1
    if events == 1 and tiles > 0:
        first_of_all = np.int64(0)
        _split(tree, first_of_all, first_of_all, first_of_all, coordinates, bits, order)
        width = 2
    several = True
    while several:
        several = 0 < events * width < NODES_A_THREAD * threads
        # One loop for both: Numba compiles what runs on several threads four times, each loop by itself.
        for job in numba.prange(events * width):
            event = job // width
            node = roots[event] + width - 1 + job % width
            if node < roots[event + 1]:
                if not several:
                    _grow(tree, event, node, starts[event], coordinates, bits, order, np.empty(_STACK, np.int64))
                elif first[node] < last[node]:
                    _split(tree, event, node, starts[event], coordinates, bits, order)
        width *= 2
    return tree
