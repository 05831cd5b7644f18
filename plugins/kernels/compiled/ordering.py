"""Sorting the nearest candidates of a hit.

A candidate is one 64-bit key: the bits of its squared distance above, its hit number below. Squared distances are not
negative, so keys order by distance, and equal distances by hit number.
"""

from __future__ import annotations

import numpy as np

from plugins.kernels.compiled.runtime import compiled

_FEW = 32
_MAX_BINS = 2048
_TINY = np.float32(1e-30)


@compiled
def insertion_sort(keys: np.ndarray, count: int) -> None:
    """Sort keys[:count] in place; quick if every key is close to its place."""
    for i in range(1, count):
        key = keys[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = key


@compiled
def keep_nearest(
    keys: np.ndarray, halves: np.ndarray, count: int, wanted: int, result: np.ndarray, bins: np.ndarray
) -> int:
    """Write the `wanted` smallest of keys[:count] to `result` in ascending order and return how many there are.

    The keys are spread over as many bins of equal width in squared distance as there are keys, which leaves about one
    in each; only the bins that are needed are put in order. `halves` is `keys` seen as float32: every second is a
    squared distance. `result` is as long as `keys`; `bins` [2049] is scratch.
    """
    if count <= _FEW:
        for i in range(count):
            result[i] = keys[i]
        insertion_sort(result, count)
        return min(count, wanted)
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
    begin = 0
    for b in range(used + 1):
        if bins[b] - begin > _FEW:
            result[begin : bins[b]].sort()
        begin = bins[b]
    insertion_sort(result, kept)
    return min(kept, wanted)
