"""The read-out HDBSCAN."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import HDBSCAN

from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.labels import Labels, clusters_by_event, ranked


def clusters(columns: Columns, min_cluster_size: int, min_samples: int | None, epsilon: float) -> Clusters:
    """Return the clusters of every event; hits whose coordinates are not finite are in none."""
    points = np.asarray(columns["coordinates"], dtype=np.float64)

    def event(own: slice) -> Labels:
        labels = np.full(own.stop - own.start, -1)
        finite = np.isfinite(points[own]).all(axis=1)
        if finite.sum() >= max(min_cluster_size, min_samples or 1):
            found = HDBSCAN(min_cluster_size=min_cluster_size, min_samples=min_samples, copy=True)
            labels[finite] = found.fit(points[own][finite]).labels_
            if epsilon:
                # scikit-learn's own option fails under NumPy 2.4 (TypeError in its tree).
                cut = found.dbscan_clustering(epsilon, min_cluster_size=min_cluster_size)
                labels[finite] = merged(labels[finite], cut)
        return ranked(labels, np.ones(len(labels))), None

    return clusters_by_event(columns["row_splits"], event)


def merged(labels: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """Return labels [hits] in which clusters that share a cluster of the cut [hits] are one; below 0 is none."""
    result = labels.copy()
    both = (labels >= 0) & (cut >= 0)
    for one in np.unique(cut[both]):
        own = np.unique(result[both & (cut == one)])
        if len(own) > 1:
            result[np.isin(result, own) | (cut == one)] = own[0]
    return result
