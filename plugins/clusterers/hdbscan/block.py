"""Declares the read-out HDBSCAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters, Labels, clusters_by_event, ranked
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
        points = np.asarray(columns["coordinates"], dtype=np.float64)
        return clusters_by_event(columns["row_splits"], lambda own: self._event(points[own]))

    def _event(self, points: np.ndarray) -> Labels:
        from sklearn.cluster import HDBSCAN

        given = self.params
        labels = np.full(len(points), -1)
        finite = np.isfinite(points).all(axis=1)
        if finite.sum() >= max(given.min_cluster_size, given.min_samples or 1):
            found = HDBSCAN(min_cluster_size=given.min_cluster_size, min_samples=given.min_samples, copy=True)
            labels[finite] = found.fit(points[finite]).labels_
            if given.epsilon:
                # scikit-learn's own option fails under NumPy 2.4 (TypeError in its tree).
                cut = found.dbscan_clustering(given.epsilon, min_cluster_size=given.min_cluster_size)
                labels[finite] = merged(labels[finite], cut)
        return ranked(labels, np.ones(len(points))), None


def merged(labels: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """Return labels [hits] in which clusters that share a cluster of the cut [hits] are one; below 0 is none."""
    result = labels.copy()
    both = (labels >= 0) & (cut >= 0)
    for one in np.unique(cut[both]):
        own = np.unique(result[both & (cut == one)])
        if len(own) > 1:
            result[np.isin(result, own) | (cut == one)] = own[0]
    return result


BLOCKS = (Hdbscan,)
