"""Which object has most of a cluster, and how much of it."""

from __future__ import annotations

import numpy as np

from registry.contract.matching import Overlap


def shares(overlap: Overlap, weight: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pair of each cluster and its majority object, and the share of the cluster and of the object in it.

    `weight`: shares are of "hits" or of "energy". Each [clusters]; -1 and 0 for clusters of noise.
    """
    shared = getattr(overlap, weight)
    pair = overlap.majority(shared)
    some = np.flatnonzero(pair >= 0)
    whole = getattr(overlap.clusters, weight)[some], getattr(overlap.objects, weight)[overlap.object[pair[some]]]
    found = np.zeros((2, len(pair)))
    for share, size in zip(found, whole, strict=True):
        share[some] = np.divide(shared[pair[some]], size, out=np.zeros(len(some)), where=size > 0)
    return pair, found[0], found[1]


def owners(overlap: Overlap, weight: str) -> np.ndarray:
    """Return the pair of each cluster and its majority object, int64 [clusters], -1 where noise has more of it."""
    shared = getattr(overlap, weight)
    pair = overlap.majority(shared)
    clusters = len(pair)
    noise = getattr(overlap.clusters, weight) - np.bincount(overlap.cluster, shared, clusters)
    largest = np.zeros(clusters)
    largest[pair >= 0] = shared[pair[pair >= 0]]
    return np.where(largest >= noise, pair, -1)
