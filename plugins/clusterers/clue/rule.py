"""The read-out CLUE."""

from __future__ import annotations

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.labels import Labels, clusters_by_event, flat
from registry.plugins.kernels.compiled.cells import densities, nearest_higher, sort_into_cells


def clusters(columns: Columns, near: float, dense: float, outlier_factor: float) -> Clusters:
    """Return the clusters of every event; `near`: the critical distance, `dense`: the critical density."""
    points = np.asarray(columns["coordinates"], dtype=np.float64)
    weight = flat(columns["weight"]) if "weight" in columns else np.ones(len(points))
    reach = outlier_factor * near
    return clusters_by_event(columns["row_splits"], lambda own: _of_event(points[own], weight[own], near, dense, reach))


def _of_event(points: np.ndarray, weight: np.ndarray, near: float, dense: float, reach: float) -> Labels:
    points = np.ascontiguousarray(points)
    cells = sort_into_cells(points)
    density = np.full(len(points), -np.inf)
    densities(points, weight, near, *cells, density)
    parent, squared = np.full(len(points), -1, np.int64), np.full(len(points), np.inf)
    nearest_higher(points, density, reach, *cells, parent, squared)
    seeds = (squared > near**2) & (density >= dense)
    labels, points_of = np.full(len(density), -1, np.int64), np.full(len(density), -1, np.int64)
    found = 0
    # By falling density a hit comes behind the one it follows.
    for hit in np.argsort(-density, kind="stable").tolist():
        if seeds[hit]:
            labels[hit], points_of[hit] = found, hit
            found += 1
        elif parent[hit] >= 0:
            labels[hit], points_of[hit] = labels[parent[hit]], points_of[parent[hit]]
    return labels, points_of
