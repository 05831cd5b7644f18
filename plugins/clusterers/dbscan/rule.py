"""The read-out DBSCAN."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import DBSCAN

from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.labels import Labels, clusters_by_event, ranked


def clusters(columns: Columns, eps: float, min_samples: int) -> Clusters:
    """Return the clusters of every event; hits whose coordinates are not finite are in none."""
    points = np.asarray(columns["coordinates"], dtype=np.float64)

    def event(own: slice) -> Labels:
        labels = np.full(own.stop - own.start, -1)
        finite = np.isfinite(points[own]).all(axis=1)
        if finite.any():
            labels[finite] = DBSCAN(eps=eps, min_samples=min_samples).fit(points[own][finite]).labels_
        return ranked(labels, np.ones(len(labels))), None

    return clusters_by_event(columns["row_splits"], event)
