"""The search by triplets, event by event."""

from __future__ import annotations

from typing import Any

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.labels import Labels, clusters_by_event, ranked
from registry.plugins.clusterers.triplets.search import Limits, doublets, tracks


def clusters(columns: Columns, params: Any) -> Clusters:
    """Return the tracks of every event; hits whose coordinates are not finite are in none."""
    points = np.asarray(columns["coordinates"], dtype=np.float64)
    limits = Limits(**{name: float(getattr(params, name)) for name in Limits._fields})

    def event(own: slice) -> Labels:
        labels = np.full(own.stop - own.start, -1)
        finite = np.flatnonzero(np.isfinite(points[own]).all(axis=1))
        if len(finite) >= limits.min_hits:
            labels[finite] = _labels(points[own][finite], limits)
        return ranked(labels, np.ones(len(labels))), None

    return clusters_by_event(columns["row_splits"], event)


def _labels(points: np.ndarray, limits: Limits) -> np.ndarray:
    """Return the track of each hit, -1 for none, [hits].

    Hits are taken in an order of their places, so that the result does not depend on the order in which they come.
    """
    radius, azimuth = np.hypot(points[:, 0], points[:, 1]), np.arctan2(points[:, 1], points[:, 0])
    order = np.lexsort((radius, points[:, 2], azimuth))
    sorted_points, sorted_azimuth = np.ascontiguousarray(points[order]), azimuth[order]
    starts, ends = doublets(sorted_points, sorted_azimuth, limits)
    labels = np.full(len(points), -1)
    labels[order] = _chosen(*tracks(sorted_points, starts, ends, limits), len(points), limits)
    return labels


def _chosen(splits: np.ndarray, hits: np.ndarray, chi: np.ndarray, n_hits: int, limits: Limits) -> np.ndarray:
    """Return the track of each hit, of candidates `hits[splits[t]:splits[t + 1]]`: the longest, then the best first."""
    labels, length, found = np.full(n_hits, -1), np.diff(splits), 0
    for track in np.lexsort((chi, -length)).tolist():
        own = hits[splits[track] : splits[track + 1]]
        free = own[labels[own] < 0]
        if len(free) < limits.min_hits or len(own) - len(free) > limits.max_shared * len(own):
            continue
        labels[free], found = found, found + 1
    return labels
