"""Declares the read-out HDBSCAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.data import Columns
from registry.plugins.shared.ports import ROW_SPLITS


class Hdbscan(Clusterer):
    """Makes clusters at every density and keeps those that last over the widest range of it, as scikit-learn does.

    With an `epsilon`, clusters whose hits the cut of the same hierarchy at that distance (DBSCAN*) puts into one are
    merged, with all hits of the cut. Clusters are numbered by falling number of hits. An event with fewer hits than
    `min_samples` or `min_cluster_size` has no cluster. Source: R. Campello et al., PAKDD 2013; epsilon after C. Malzer
    and M. Baum, arXiv:1911.02282.
    """

    name: ClassVar[str] = "hdbscan"
    inputs = (Port("coordinates", "hits dimensions", "place in the learned space"), ROW_SPLITS)
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {}

    class Params(BlockParams):
        """What a cluster is at the least."""

        min_cluster_size: int = param(5, "hits of a cluster at the least", ge=2)
        min_samples: int | None = param(None, "neighbours that make a hit dense; null for min_cluster_size", ge=1)
        epsilon: float = param(0.0, "clusters that are connected at this distance are one; unit of the space", ge=0)

    def cluster(self, columns: Columns) -> Clusters:
        from registry.plugins.clusterers.hdbscan.rule import clusters

        given = self.params
        return clusters(columns, given.min_cluster_size, given.min_samples, given.epsilon)


BLOCKS = (Hdbscan,)
