"""Finds what the clusters and the true objects of an event share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from registry.contract.labels import flat
from registry.contract.matching import Groups, Overlap

_SPARSE = 100
"""Keys are sorted where there could be as many times more of them than there are."""


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


def contributions_of(true: Mapping[str, np.ndarray]) -> Contributions:
    """Return the contributions to the hits of one event.

    `true`: `index` [hits, 1], and of hits that several objects share `objects` [hits, K], the truth indices of those,
    below 0 for none, and `fractions` [hits, K], the share of the hit's energy that each has.
    """
    if "objects" not in true or "fractions" not in true:
        return whole_hits(true["index"])
    objects, fractions = np.asarray(true["objects"]), np.asarray(true["fractions"], np.float64)
    hit, place = np.nonzero((objects >= 0) & (fractions > 0))
    return Contributions(hit, objects[hit, place].astype(np.int64), fractions[hit, place])


@dataclass(frozen=True)
class Truths:
    """What is true of the hits of one event, to be compared with any number of clusterings.

    `truth`: which objects the hits are of; `energy`: GeV [hits]; `true_energy`, `true_pt`: of each object, GeV
    [objects], in the order of their labels, None where they are unknown.
    """

    truth: Contributions
    energy: np.ndarray
    true_energy: np.ndarray | None = None
    true_pt: np.ndarray | None = None

    @cached_property
    def labels(self) -> np.ndarray:
        """The object that has most of each hit, int64 [hits], -1 for noise."""
        labels = np.full(len(self.energy), -1, np.int64)
        order = np.argsort(self.truth.fraction, kind="stable")
        labels[self.truth.hit[order]] = self.truth.object[order]
        return labels

    @cached_property
    def _numbered(self) -> tuple[np.ndarray, np.ndarray]:
        """The labels of the objects, and the position of each contribution's object among them."""
        labels, position = np.unique(self.truth.object, return_inverse=True)
        return labels, position

    @cached_property
    def _weight(self) -> np.ndarray:
        weight: np.ndarray = self.truth.fraction * self.energy[self.truth.hit]
        return weight

    @cached_property
    def objects(self) -> Groups:
        """The objects, with their sums over hits."""
        labels, position = self._numbered
        return Groups(labels, _sums(position, self.truth.fraction, labels), _sums(position, self._weight, labels))

    def overlap(self, assignment: np.ndarray, weight: np.ndarray | None = None) -> Overlap:
        """Return what clusters share with the objects.

        `assignment`: int [hits], below 0 is in no cluster; `weight`: what hits weigh in matching, float64 [hits].
        """
        clusters, cluster_of = _numbered(assignment)
        _, object_of = self._numbered
        width, joined = max(1, len(self.objects.labels)), cluster_of >= 0
        owner = cluster_of[self.truth.hit]
        inside = owner >= 0
        pairs, pair_of = _positions(owner[inside] * width + object_of[inside], len(clusters) * width)
        own = cluster_of[joined]
        return Overlap(
            Groups(clusters, _sums(own, None, clusters), _sums(own, self.energy[joined], clusters)),
            self.objects,
            pairs // width,
            pairs % width,
            _sums(pair_of, self.truth.fraction[inside], pairs),
            _sums(pair_of, self._weight[inside], pairs),
            self.true_energy,
            self.true_pt,
            None if weight is None else replace(self, energy=weight).overlap(assignment),
        )


def overlap_of(assignment: np.ndarray, truth: Contributions, energy: np.ndarray) -> Overlap:
    """Return what the clusters and objects of one event share.

    `assignment`: int [hits], below 0 is in no cluster; `energy`: GeV [hits]. The objects are those of `truth`.
    """
    return Truths(truth, flat(energy)).overlap(np.asarray(assignment).reshape(-1))


def _numbered(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels from 0 on, and the position of each hit's label among them, -1 for labels below 0."""
    inside = labels >= 0
    found, own = _positions(labels[inside].astype(np.int64), int(labels.max(initial=-1)) + 1)
    position = np.full(len(labels), -1, np.int64)
    position[inside] = own
    return found, position


def _positions(keys: np.ndarray, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the different keys, rising, and the position of each key among them; all are from 0 to below `end`."""
    if end > _SPARSE * (len(keys) + 1000):
        found, position = np.unique(keys, return_inverse=True)
        return found, position
    # Counting is many times as fast as sorting, which a scan of thresholds would mostly do.
    present = np.zeros(end, bool)
    present[keys] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[keys]


def _sums(group: np.ndarray, weight: np.ndarray | None, groups: np.ndarray) -> np.ndarray:
    return np.bincount(group, weight, minlength=len(groups)).astype(np.float64)
