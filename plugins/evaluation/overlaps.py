"""Finds what the clusters and the true objects of an event share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.contract.labels import flat
from registry.contract.matching import Groups, Overlap


class Contributions(NamedTuple):
    """Which objects a hit is of: `hit`, `object` int64 [contributions], `fraction` of the hit's energy, 0 to 1.

    A hit may be of several objects; what is left of its energy is noise.
    """

    hit: np.ndarray
    object: np.ndarray
    fraction: np.ndarray


def whole_hits(truth_index: np.ndarray) -> Contributions:
    """Return the contributions of hits that are of one object each; `truth_index` [hits], below 0 is noise."""
    index = np.asarray(truth_index).reshape(-1)
    hit = np.flatnonzero(index >= 0)
    return Contributions(hit, index[hit].astype(np.int64), np.ones(len(hit)))


def overlap_of(assignment: np.ndarray, truth: Contributions, energy: np.ndarray) -> Overlap:
    """Return what the clusters and objects of one event share.

    `assignment`: int [hits], below 0 is in no cluster; `energy`: GeV [hits]. The objects are those of `truth`.
    """
    energy, assignment = flat(energy), np.asarray(assignment).reshape(-1)
    clusters, cluster_of = _numbered(assignment)
    objects, object_of = np.unique(truth.object, return_inverse=True)
    weight = truth.fraction * energy[truth.hit]
    inside = cluster_of[truth.hit] >= 0
    key = cluster_of[truth.hit][inside] * max(1, len(objects)) + object_of[inside]
    pairs, pair_of = np.unique(key, return_inverse=True)
    joined = cluster_of >= 0
    return Overlap(
        Groups(
            clusters, _sums(cluster_of[joined], None, clusters), _sums(cluster_of[joined], energy[joined], clusters)
        ),
        Groups(objects, _sums(object_of, truth.fraction, objects), _sums(object_of, weight, objects)),
        pairs // max(1, len(objects)),
        pairs % max(1, len(objects)),
        _sums(pair_of, truth.fraction[inside], pairs),
        _sums(pair_of, weight[inside], pairs),
    )


def _numbered(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels from 0 on, and the position of each hit's label among them, -1 for labels below 0."""
    found, position = np.unique(labels, return_inverse=True)
    below = int((found < 0).sum())
    return found[below:].astype(np.int64), np.maximum(position.reshape(-1) - below, -1)


def _sums(group: np.ndarray, weight: np.ndarray | None, groups: np.ndarray) -> np.ndarray:
    return np.bincount(group, weight, minlength=len(groups)).astype(np.float64)
