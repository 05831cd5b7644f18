"""Sorting keys, sixteen side by side."""

from __future__ import annotations

import numpy as np

from registry.plugins.kernels.compiled.comparing import first_number, last_number
from registry.plugins.kernels.compiled.lanes import backwards, merged, ranked, sorted_lanes, upper_halves
from registry.plugins.kernels.compiled.runtime import inner
from registry.plugins.kernels.compiled.vectors import LANES, load, load_like, splat, store, zeros

_LAST = np.int32(2**31 - 1)
_TINY = np.float32(1e-30)
_ALL_BUT = np.float32(0.999)
_ONE, _BITS = np.int64(1), np.int64(31)
_MOVES = 4


@inner(allocates=False)
def rank(keys: np.ndarray, count: int, largest: np.float32, ranks: np.ndarray) -> np.int64:
    """Write the places of keys[:count] to `ranks` in the order of their squared distances, of at most `largest`.

    The distances are rounded down to as many digits as go, with the place, into 31 bits; those that are then equal
    stand in the order of their places. Returns a mask: the place is what it leaves of a rank.
    """
    bits = np.int64(4)
    while _ONE << bits < count:
        bits += 1
    scale = np.float32(0)
    if largest > _TINY:
        scale = np.float32(_ONE << (_BITS - bits)) * _ALL_BUT / largest
    like = zeros(keys, 8)
    for begin in range(0, count, LANES):
        distances = upper_halves(load_like(keys, begin, like), load_like(keys, begin + LANES // 2, like))
        store(ranks, begin, ranked(distances * splat(scale), bits, begin))
    end = (count + LANES - 1) // LANES * LANES
    for place in range(count, end):
        ranks[place] = _LAST
    _sort(ranks, end)
    return (_ONE << bits) - _ONE


@inner(allocates=False)
def _sort(ranks: np.ndarray, end: int) -> None:
    """Sort ranks[:end] by K. E. Batcher's bitonic network, in the form in which all comparisons point the same way.

    Sixteen are sorted in a vector; then two sorted runs, the second of them read backwards, are merged to one, until
    one is left. What is missing at the end would come last, and no comparison would move it: those with it are left
    out.
    """
    for place in range(0, end, LANES):
        store(ranks, place, sorted_lanes(load(ranks, place)))
    run = np.int64(LANES)
    while run < end:
        for begin in range(0, end, 2 * run):
            for left in range(begin, begin + run, LANES):
                right = 2 * (begin + run) - LANES - left
                if right < end:
                    own, other = load(ranks, left), backwards(load(ranks, right))
                    store(ranks, left, first_number(own, other))
                    store(ranks, right, backwards(last_number(own, other)))
        stride = run // 2
        while stride >= LANES:
            for block in range(0, end, 2 * stride):
                for left in range(block, min(block + stride, end - stride), LANES):
                    own, other = load(ranks, left), load(ranks, left + stride)
                    store(ranks, left, first_number(own, other))
                    store(ranks, left + stride, last_number(own, other))
            stride //= 2
        for place in range(0, end, LANES):
            store(ranks, place, merged(load(ranks, place)))
        run *= 2


@inner(allocates=False)
def sort(keys: np.ndarray, count: int, largest: np.float32, ranks: np.ndarray, result: np.ndarray) -> None:
    """Write keys[:count], squared distances of at most `largest`, to `result` in order; `ranks` is overwritten."""
    mask = rank(keys, count, largest, ranks)
    last, descents = np.int64(-1), np.int64(0)
    for place in range(count):
        key = keys[ranks[place] & mask]
        result[place] = key
        descents += key < last
        last = key
    if descents > 0:
        _insert(result, count)


@inner(allocates=False)
def _insert(keys: np.ndarray, count: int) -> None:
    """Sort keys[:count] in place: quick if every key is close to its place, else n log n steps."""
    left = _MOVES * count
    for i in range(1, count):
        key = keys[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = key
        left -= i - 1 - j
        if left < 0:
            _sort_any(keys, count)
            return


@inner(allocates=False)
def _sift_down(keys: np.ndarray, size: int, place: int) -> None:
    """Move a key of the heap keys[:size] down until neither child is larger."""
    key = keys[place]
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and keys[child + 1] > keys[child]:
            child += 1
        if keys[child] <= key:
            break
        keys[place] = keys[child]
        place = child
    keys[place] = key


@inner(allocates=False)
def _sort_any(keys: np.ndarray, count: int) -> None:
    """Sort keys[:count] in place by a heap."""
    for place in range(count // 2 - 1, -1, -1):
        _sift_down(keys, count, np.int64(place))
    for last in range(count - 1, 0, -1):
        keys[0], keys[last] = keys[last], keys[0]
        _sift_down(keys, np.int64(last), np.int64(0))
