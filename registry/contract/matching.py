"""What clusters and true objects of an event share, and which of them match."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from registry.contract.records import record

if TYPE_CHECKING:
    from registry.contract.cuts import Cuts


@record
class Groups:
    """The clusters, or the objects, of one event.

    `labels`: int64 [groups]; `hits`, `energy`: sums over the hits of each, float64 [groups], a hit that belongs to
    several objects counts in each by its fraction; energies in GeV.
    """

    labels: np.ndarray
    hits: np.ndarray
    energy: np.ndarray


@record
class Overlap:
    """What the clusters and the objects of one event share.

    `cluster`, `object`: positions of the pairs that share hits, int64 [pairs], by cluster, then object; `hits`,
    `energy`: what each pair shares, float64 [pairs]. Noise hits in a cluster count in `clusters`, hits of an object
    that joined no cluster in `objects`. `true_energy` and `true_pt` [objects], GeV, are None where the data do not say.
    `by_weight`: the same pairs, whose `energy` is what the matcher's weights of hits add up to; None without weights.
    """

    clusters: Groups
    objects: Groups
    cluster: np.ndarray
    object: np.ndarray
    hits: np.ndarray
    energy: np.ndarray
    true_energy: np.ndarray | None = None
    true_pt: np.ndarray | None = None
    by_weight: Overlap | None = None

    def majority(self, shared: np.ndarray) -> np.ndarray:
        """Return the pair of each cluster that shares most, int64 [clusters], the first of equal ones; -1 without any.

        `shared`: float64 [pairs].
        """
        best = np.full(len(self.clusters.labels), -1, np.int64)
        order = np.lexsort((self.object, -shared, self.cluster))
        first = np.unique(self.cluster[order], return_index=True)
        best[first[0]] = order[first[1]]
        return best


@record
class Matches:
    """Which object each cluster found, and which cluster found each object.

    `object_of`: int64 [clusters], `cluster_of`: int64 [objects], positions or -1. Where several clusters match an
    object, `cluster_of` is the one that shares most with it. `clusters`, `objects`: bool, what counts.
    """

    object_of: np.ndarray
    cluster_of: np.ndarray
    clusters: np.ndarray
    objects: np.ndarray


Pairs = Callable[[Overlap, np.ndarray], np.ndarray]
"""Returns a pair for each cluster, as `Matcher.matched` and `Matcher.belonging` do."""


def matches_of(overlap: Overlap, cuts: Cuts, matched: Pairs, belonging: Pairs) -> Matches:
    """Return the matches of one event, and what of it counts (see `Matcher.match`)."""
    clusters = overlap.clusters
    large = (clusters.hits >= cuts.min_cluster_hits) & (clusters.energy >= cuts.min_cluster_energy)
    counted = _counted(overlap, cuts)
    pair = matched(overlap, large)
    object_of = _objects_of(overlap, pair)
    cluster_of = np.full(len(counted), -1, np.int64)
    found = np.flatnonzero(object_of >= 0)
    # Of several clusters of an object the last one assigned stays: the one that shares most.
    rising = found[np.argsort(overlap.energy[pair[found]], kind="stable")]
    cluster_of[object_of[rising]] = rising
    owner = _objects_of(overlap, belonging(overlap, pair))
    beside = np.zeros(len(large), bool)
    owned = np.flatnonzero(owner >= 0)
    beside[owned] = ~counted[owner[owned]]
    return Matches(object_of, cluster_of, large & ~beside, counted)


def _objects_of(overlap: Overlap, pair: np.ndarray) -> np.ndarray:
    """Return the object of each cluster's pair, int64 [clusters], -1 for none."""
    return np.where(pair >= 0, overlap.object[pair] if len(overlap.object) else -1, -1)


def _counted(overlap: Overlap, cuts: Cuts) -> np.ndarray:
    """Say which objects are large enough to count, bool [objects]."""
    counted: np.ndarray = overlap.objects.hits >= cuts.min_object_hits
    for name, values in (("energy", overlap.true_energy), ("pt", overlap.true_pt)):
        least = getattr(cuts, f"min_object_{name}")
        if least and values is None:
            raise ValueError(f"`min_object_{name}` needs the true {name} of every object")
        if least and values is not None:
            counted = counted & (values >= least)
    return counted
