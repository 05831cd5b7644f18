"""What a matcher is: it says which cluster found which true object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from registry.contract.block import Block, BlockParams, Kind, param


@dataclass(frozen=True)
class Groups:
    """The clusters, or the objects, of one event.

    `labels`: int64 [groups]; `hits`, `energy`: sums over the hits of each, float64 [groups], a hit that belongs to
    several objects counts in each by its fraction; energies in GeV.
    """

    labels: np.ndarray
    hits: np.ndarray
    energy: np.ndarray


@dataclass(frozen=True)
class Overlap:
    """What the clusters and the objects of one event share.

    `cluster`, `object`: positions of the pairs that share hits, int64 [pairs], by cluster, then object; `hits`,
    `energy`: what each pair shares, float64 [pairs]. Noise hits in a cluster count in `clusters`, hits of an object
    that joined no cluster in `objects`. `true_energy` and `true_pt` [objects], GeV, are None where the data do not say.
    """

    clusters: Groups
    objects: Groups
    cluster: np.ndarray
    object: np.ndarray
    hits: np.ndarray
    energy: np.ndarray
    true_energy: np.ndarray | None = None
    true_pt: np.ndarray | None = None

    def majority(self, shared: np.ndarray) -> np.ndarray:
        """Return the pair of each cluster that shares most, int64 [clusters], the first of equal ones; -1 without any.

        `shared`: float64 [pairs].
        """
        best = np.full(len(self.clusters.labels), -1, np.int64)
        order = np.lexsort((self.object, -shared, self.cluster))
        first = np.unique(self.cluster[order], return_index=True)
        best[first[0]] = order[first[1]]
        return best


@dataclass(frozen=True)
class Matches:
    """Which object each cluster found, and which cluster found each object.

    `object_of`: int64 [clusters], `cluster_of`: int64 [objects], positions or -1. Where several clusters match an
    object, `cluster_of` is the one that shares most with it. `clusters`, `objects`: bool, what counts.
    """

    object_of: np.ndarray
    cluster_of: np.ndarray
    clusters: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    objects: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))


class Cuts(BlockParams):
    """What counts: an object or cluster below one of these is neither lost nor fake."""

    min_object_hits: int = param(1, "hits of an object that counts", ge=0)
    min_object_energy: float = param(0.0, "true energy of an object that counts, GeV", ge=0)
    min_object_pt: float = param(0.0, "true transverse momentum of an object that counts, GeV", ge=0)
    min_cluster_hits: int = param(1, "hits of a cluster that counts", ge=1)
    min_cluster_energy: float = param(0.0, "energy of a cluster that counts, GeV", ge=0)


class Matcher(Block):
    """A block that says which cluster found which true object: it is named in the configuration, not in the graph."""

    kind: ClassVar[Kind] = "matcher"

    class Params(Cuts):
        """What counts."""

    def matched(self, overlap: Overlap, clusters: np.ndarray) -> np.ndarray:
        """Return the pair by which each cluster matches an object, int64 [clusters], -1 for none.

        `clusters`: bool [clusters], those that are large enough to match.
        """
        raise NotImplementedError(f"matcher {self.name!r} does not define matched()")

    def match(self, overlap: Overlap) -> Matches:
        """Return the matches of one event, and what of it counts.

        An object that is too small does not count; a cluster that is too small neither counts nor matches; a cluster
        that matches an object which does not count, does not count either.
        Raises ValueError if a cut asks for what the data do not say.
        """
        large = self._large(overlap.clusters)
        counted = self._counted(overlap)
        pair = self.matched(overlap, large)
        object_of = np.where(pair >= 0, overlap.object[pair] if len(overlap.object) else -1, -1)
        cluster_of = np.full(len(counted), -1, np.int64)
        found = np.flatnonzero(object_of >= 0)
        for cluster in found[np.argsort(overlap.energy[pair[found]], kind="stable")]:
            cluster_of[object_of[cluster]] = cluster
        beside = np.zeros(len(large), bool)
        beside[found] = ~counted[object_of[found]]
        return Matches(object_of, cluster_of, large & ~beside, counted)

    def _large(self, clusters: Groups) -> np.ndarray:
        cuts = self.params
        large: np.ndarray = (clusters.hits >= cuts.min_cluster_hits) & (clusters.energy >= cuts.min_cluster_energy)
        return large

    def _counted(self, overlap: Overlap) -> np.ndarray:
        cuts = self.params
        counted: np.ndarray = overlap.objects.hits >= cuts.min_object_hits
        for name, values in (("energy", overlap.true_energy), ("pt", overlap.true_pt)):
            least = getattr(cuts, f"min_object_{name}")
            if least and values is None:
                raise ValueError(f"`min_object_{name}` of matcher {self.name!r} needs the true {name} of every object")
            if least and values is not None:
                counted = counted & (values >= least)
        return counted
