"""Sharing out the hits of a node to two halves of its box: `rows` in place, without a branch for any hit."""

from __future__ import annotations

import numpy as np

from registry.plugins.kernels.compiled.comparing import at_least, lane_minimum, lanes_set, larger, smaller
from registry.plugins.kernels.compiled.lanes import bits_set, compressed
from registry.plugins.kernels.compiled.runtime import inner
from registry.plugins.kernels.compiled.vectors import LANES, load, splat, store

_INFINITY = np.float32(np.inf)
_HALF = np.float32(0.5)
_NONE, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(2**LANES - 1)


@inner(allocates=False)
def extent(rows: np.ndarray, begin: int, end: int) -> tuple:
    """Return the lowest and the highest of the numbers from flat place `begin` to `end`, NaN left out."""
    low, high = splat(_INFINITY), splat(-_INFINITY)
    for place in range(begin, end, LANES):
        values = load(rows, place)
        low, high = smaller(values, low), larger(values, high)
    return lane_minimum(low), -lane_minimum(splat(np.float32(0)) - high)


@inner(allocates=False)
def _count(rows: np.ndarray, begin: int, end: int, limit: np.float32) -> np.int64:
    """Return how many of the numbers from flat place `begin` to `end` are at most the limit."""
    highest = splat(limit)
    total = np.int64(0)
    for place in range(begin, end, LANES):
        total += bits_set(lanes_set(at_least(highest, load(rows, place))))
    return total


@inner(allocates=False)
def _find_limits(
    rows: np.ndarray, begin: int, end: int, wanted: int, hits: int, low: np.float32, high: np.float32
) -> tuple:
    """Return limits a <= b and a number: the `wanted` lowest numbers are those up to a and so many of those up to b.

    `low`, `high`: the lowest and the highest of all.
    """
    below, above = _count(rows, begin, end, low), hits
    if below >= wanted:
        return -_INFINITY, low, wanted
    guesses = 0
    while above > wanted:
        share = np.float32(wanted - below) / np.float32(above - below)
        guess = low + (high - low) * share
        if guesses & 1 or not low < guess < high:
            guess = _HALF * low + _HALF * high
            if not low < guess < high:
                return low, high, wanted - below
        guesses += 1
        found = _count(rows, begin, end, guess)
        if found < wanted:
            low, below = guess, found
        else:
            high, above = guess, found
    return high, high, np.int64(0)


@inner(allocates=False)
def split(
    rows: np.ndarray,
    coordinate: int,
    first: int,
    middle: int,
    last: int,
    hits: int,
    low: np.float32,
    high: np.float32,
    buffer: np.ndarray,
) -> None:
    """Move the hits that are lowest along a coordinate into the tiles from `first` to `middle`, the others behind them.

    Hits keep their order on either side. `hits`: how many there are in the tiles; places without one are NaN and stay
    last. `low`, `high`: the extent along the coordinate. `buffer` [rows, half of the places and 16] is overwritten.
    """
    length, room = rows.shape[1], buffer.shape[1]
    own = coordinate * length
    begin, end = first * LANES, last * LANES
    below, limit, more = _find_limits(rows, own + begin, own + end, (middle - first) * LANES, hits, low, high)
    left, right = begin, np.int64(0)
    for place in range(begin, end, LANES):
        values = load(rows, own + place)
        sure = lanes_set(at_least(splat(below), values))
        if more > 0:
            equal = lanes_set(at_least(splat(limit), values)) & ~sure
            while equal != _NONE and more > 0:
                sure |= equal & (~equal + _ONE)
                equal &= equal - _ONE
                more -= 1
        rest = sure ^ _ALL
        for row in range(rows.shape[0]):
            values = load(rows, row * length + place)
            store(rows, row * length + left, compressed(values, sure))
            store(buffer, row * room + right, compressed(values, rest))
        left += bits_set(sure)
        right += LANES - bits_set(sure)
    for row in range(rows.shape[0]):
        for place in range(0, right, LANES):
            store(rows, row * length + left + place, load(buffer, row * room + place))
