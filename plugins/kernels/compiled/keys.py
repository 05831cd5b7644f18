"""Keys: how near something is, as numbers that can be collected, cut down to the nearest, and sorted.

A key is one 64-bit number: the bits of a squared distance above, the number of a hit (or of a tile) below. Squared
distances are not negative, so keys order by distance, and equal distances by number; no two keys are equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from registry.plugins.kernels.compiled.comparing import at_most, lanes_set
from registry.plugins.kernels.compiled.lanes import bits_of, bits_set, compressed, pairs
from registry.plugins.kernels.compiled.runtime import inner
from registry.plugins.kernels.compiled.vectors import load_like, splat_like, store, zeros

WIDTH = 8
"""Keys in a vector: behind the keys of an array there is room for twice as many."""

LAST = np.int64(2**63 - 1)
"""Comes after all keys."""

LOWER_HALF = np.int64(2**32 - 1)
_HALF = np.int64(32)
_BYTE, _EIGHT = np.uint64(255), np.uint64(8)
_GUESSES = 8
_FEW_DIMENSIONS = 3


@inner(allocates=False)
def append(keys: np.ndarray, count: int, numbers: Any, distances: Any, bits: int) -> int:
    """Write keys of the lanes whose bit is set behind the `count` there are; return how many there are then."""
    low, high = bits & _BYTE, bits >> _EIGHT
    store(keys, count, compressed(pairs(numbers, distances, 0), low))
    count += bits_set(low)
    store(keys, count, compressed(pairs(numbers, distances, 1), high))
    return count + bits_set(high)


@inner(allocates=False)
def _fill_up(keys: np.ndarray, count: int) -> int:
    """Write `LAST` behind the keys up to the end of their last vector; return where that is."""
    end = (count + WIDTH - 1) // WIDTH * WIDTH
    for place in range(count, end):
        keys[place] = LAST
    return end


@inner(allocates=False)
def _count(keys: np.ndarray, end: int, limit: int) -> np.int64:
    """Return how many of keys[:end] are at most the limit."""
    like = zeros(keys, 8)
    highest = splat_like(limit, like)
    total = np.int64(0)
    for begin in range(0, end, WIDTH):
        total += bits_set(lanes_set(at_most(load_like(keys, begin, like), highest)))
    return total


@inner(allocates=False)
def keep_nearest(keys: np.ndarray, count: int, fewest: int, most: int, limit: np.float32, dimensions: int) -> tuple:
    """Drop the largest keys until between `fewest` and `most` are left, in no order.

    What is dropped is found by counting the keys up to a guess, which is set higher or lower by the rule that the
    number of hits within r grows as r^dimensions: it takes a few passes over the keys, without a branch for any.

    Returns the new count, and a key that is at least the largest left. Of fewer keys than `most` all are left.
    """
    low, high = np.int64(-1), (bits_of(limit) << _HALF) | LOWER_HALF
    below, above = np.int64(0), np.int64(count)
    if count <= most:
        return above, high
    end = _fill_up(keys, count)
    goal = bits_of(np.float32(fewest + most) * np.float32(0.5))
    guesses = 0
    while above > most:
        # The bits of a float32 as a number are 2^23 times its logarithm, nearly.
        if below == 0:
            guess = high - ((2 * (bits_of(np.float32(above)) - goal) // min(dimensions, _FEW_DIMENSIONS)) << _HALF)
        else:
            first, last = bits_of(np.float32(below)), bits_of(np.float32(above))
            guess = low + np.int64(np.float64(high - low) * (np.float64(goal - first) / np.float64(last - first)))
        if guesses >= _GUESSES or guess <= low or guess >= high:
            guess = low + ((high - low) >> 1)
        guesses += 1
        found = _count(keys, end, guess)
        if found < fewest:
            low, below = guess, found
        else:
            high, above = guess, found
    like = zeros(keys, 8)
    highest = splat_like(high, like)
    kept = np.int64(0)
    for begin in range(0, end, WIDTH):
        own = load_like(keys, begin, like)
        bits = lanes_set(at_most(own, highest))
        store(keys, kept, compressed(own, bits))
        kept += bits_set(bits)
    return kept, high
