"""Sorting the nearest candidates of a hit.

A candidate is one 64-bit key: the bits of its squared distance above, its hit number below. Squared distances are not
negative, so keys order by distance, and equal distances by hit number.
"""

from __future__ import annotations

import numpy as np

from registry.plugins.kernels.compiled.runtime import inner

_FEW = 32
_FEW_WANTED = 12
_MAX_BINS = 2048
_TINY = np.float32(1e-30)


@inner(allocates=False)
def insertion_sort(keys: np.ndarray, count: int) -> None:
    """Sort keys[:count] in place; quick if every key is close to its place."""
    for i in range(1, count):
        key = keys[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = key


@inner(allocates=False)
def _sift_down(keys: np.ndarray, begin: int, size: int, place: int) -> None:
    """Move a key of the heap keys[begin:begin + size] down until neither child is larger."""
    key = keys[begin + place]
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and keys[begin + child + 1] > keys[begin + child]:
            child += 1
        if keys[begin + child] <= key:
            break
        keys[begin + place] = keys[begin + child]
        place = child
    keys[begin + place] = key


@inner(allocates=False)
def heap_sort(keys: np.ndarray, begin: int, end: int) -> None:
    """Sort keys[begin:end] in place, in n log n steps whatever their order."""
    size = end - begin
    for place in range(size // 2 - 1, -1, -1):
        _sift_down(keys, begin, size, place)
    for last in range(size - 1, 0, -1):
        keys[begin], keys[begin + last] = keys[begin + last], keys[begin]
        _sift_down(keys, begin, last, np.int64(0))


@inner(allocates=False)
def _insert_nearest(keys: np.ndarray, count: int, wanted: int, result: np.ndarray) -> int:
    """Do what `keep_nearest` does by inserting key after key; quick if few are kept."""
    size = 0
    for i in range(count):
        key = keys[i]
        if size == wanted:
            if key >= result[size - 1]:
                continue
            size -= 1
        j = size - 1
        while j >= 0 and result[j] > key:
            result[j + 1] = result[j]
            j -= 1
        result[j + 1] = key
        size += 1
    return size


@inner(allocates=False)
def keep_nearest(
    keys: np.ndarray, halves: np.ndarray, count: int, wanted: int, result: np.ndarray, bins: np.ndarray
) -> int:
    """Write the `wanted` smallest of keys[:count] to `result` in ascending order and return how many there are.

    The keys are spread over as many bins of equal width in squared distance as there are keys, which leaves about one
    in each; only the bins that are needed are put in order. `halves` is `keys` seen as float32: every second is a
    squared distance. `result` is as long as `keys`; `bins` [2049] is scratch.
    """
    if count <= _FEW or wanted <= _FEW_WANTED:
        return _insert_nearest(keys, count, wanted, result)
    largest = np.float32(0)
    for i in range(count):
        largest = max(largest, halves[2 * i + 1])
    n_bins = min(count, _MAX_BINS)
    scale = np.float32(n_bins - 1) / largest if largest > _TINY else np.float32(0)
    for b in range(n_bins + 1):
        bins[b] = 0
    for i in range(count):
        bins[np.int32(halves[2 * i + 1] * scale) + 1] += 1
    used = 0
    while bins[used + 1] + bins[used] < wanted and used < n_bins - 1:
        bins[used + 1] += bins[used]
        used += 1
    kept = bins[used] + bins[used + 1]
    # From here bins[b] is where the next key of bin b goes; keys of bins beyond the last needed one are left out.
    for i in range(count):
        own = np.int32(halves[2 * i + 1] * scale)
        if own <= used:
            result[bins[own]] = keys[i]
            bins[own] += 1
    begin = np.int64(0)
    for b in range(used + 1):
        end = np.int64(bins[b])
        if end - begin > _FEW:
            heap_sort(result, begin, end)
        begin = end
    insertion_sort(result, kept)
    return min(kept, wanted)
