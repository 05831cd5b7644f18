"""The read-out DBSCAN."""

from __future__ import annotations

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.labels import Labels, clusters_by_event, ranked
from registry.plugins.kernels.compiled.cells import sort_into_cells
from registry.plugins.kernels.compiled.dense import connect


def clusters(columns: Columns, eps: float, min_samples: int) -> Clusters:
    """Return the clusters of every event; hits whose coordinates are not finite are in none."""
    points = np.ascontiguousarray(columns["coordinates"], dtype=np.float64)

    def event(own: slice) -> Labels:
        first = np.full(own.stop - own.start, -1, np.int64)
        connect(points[own], eps, min_samples, *sort_into_cells(points[own]), first)
        return ranked(first, np.ones(len(first))), None

    return clusters_by_event(columns["row_splits"], event)
