"""Declares the matchers of tracking: perfect, double majority, LHC."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from registry.contract.block import param
from registry.contract.cuts import Cuts
from registry.contract.matcher import Matcher

if TYPE_CHECKING:
    import numpy as np

    from registry.contract.matching import Overlap


class Majority(Matcher):
    """Base of matchers that look at the object with most of a cluster's hits: its majority object.

    A cluster whose majority object does not count, does not count either, matched or not.
    """

    class Params(Cuts):
        """What counts, and what is counted in it."""

        min_cluster_hits: int = param(3, "hits of a cluster that counts", ge=1)
        weight: Literal["hits", "energy"] = param("hits", "shares are counted in hits or in energy")

    def matched(self, overlap: Overlap, clusters: np.ndarray) -> np.ndarray:
        from registry.plugins.matchers.majority.rule import shares

        pair, of_cluster, of_object = shares(overlap, self.params.weight)
        pair[~(clusters & self.accepted(of_cluster, of_object))] = -1
        return pair

    def belonging(self, overlap: Overlap, matched: np.ndarray) -> np.ndarray:
        from registry.plugins.matchers.majority.rule import owners

        return owners(overlap, self.params.weight)

    def accepted(self, of_cluster: np.ndarray, of_object: np.ndarray) -> np.ndarray:
        """Say which clusters match: the share of the cluster, and of the object, that the two have in common."""
        raise NotImplementedError(f"matcher {self.name!r} does not define accepted()")


class Perfect(Majority):
    """Matches a cluster that has all hits of its majority object, and next to no other.

    `shared = object` and `shared / cluster > 0.99`. Source: gnn_tracking, metrics/cluster_metrics.py
    (arXiv:2312.03823).
    """

    name: ClassVar[str] = "perfect"

    def accepted(self, of_cluster: np.ndarray, of_object: np.ndarray) -> np.ndarray:
        # Sums of fractions round: a millionth of a hit is none.
        return (of_object > 1 - 1e-6) & (of_cluster > 0.99)


class DoubleMajority(Majority):
    """Matches a cluster that has more than half of its majority object's hits, which are more than half of its own.

    `shared / object > 0.5` and `shared / cluster > 0.5`: no two clusters match one object. Source: gnn_tracking,
    metrics/cluster_metrics.py (arXiv:2312.03823); TrackML, arXiv:1904.06778.
    """

    name: ClassVar[str] = "double_majority"

    def accepted(self, of_cluster: np.ndarray, of_object: np.ndarray) -> np.ndarray:
        return (of_object > 0.5) & (of_cluster > 0.5)


class Lhc(Majority):
    """Matches a cluster of which more than three quarters are its majority object's; several may match one object.

    `shared / cluster > 0.75`. The figure that gnn_tracking calls `lhc` is a share of clusters, `1 - fake_rate` here;
    the efficiency is found objects / objects, as of every matcher. Source: gnn_tracking, metrics/cluster_metrics.py
    (arXiv:2312.03823).
    """

    name: ClassVar[str] = "lhc"

    def accepted(self, of_cluster: np.ndarray, of_object: np.ndarray) -> np.ndarray:
        return of_cluster > 0.75


BLOCKS = (Perfect, DoubleMajority, Lhc)
