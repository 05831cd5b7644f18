"""The read-out CLUE."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.labels import Labels, clusters_by_event, flat
from registry.plugins.kernels.compiled.cells import sort_into_cells
from registry.plugins.kernels.compiled.clue import densities, follow, nearest_higher


class _Climb(NamedTuple):
    """The way up of each hit of an event: its density, its parent, -1 for none, the squared distance to that, and the
    hits by falling density; each [hits]."""

    density: np.ndarray
    parent: np.ndarray
    squared: np.ndarray
    order: np.ndarray


class ClueEach:
    """Clusters of the same events with several settings; those that follow one another share what they can."""

    def __init__(self, columns: Columns) -> None:
        self._points = np.ascontiguousarray(columns["coordinates"], dtype=np.float64)
        self._weight = flat(columns["weight"]) if "weight" in columns else np.ones(len(self._points))
        self._splits = np.asarray(columns["row_splits"]).reshape(-1)
        self._cells = {
            start: sort_into_cells(self._points[start:stop]) for start, stop in pairwise(self._splits.tolist())
        }
        self._distances = (0.0, 0.0)
        self._climbs: dict[int, _Climb] = {}

    def clusters(self, near: float, dense: float, outlier_factor: float) -> Clusters:
        """Return the clusters of every event; `near`: the critical distance, `dense`: the critical density."""
        if self._distances != (near, outlier_factor):
            self._distances, self._climbs = (near, outlier_factor), {}

        def event(own: slice) -> Labels:
            if own.start not in self._climbs:
                self._climbs[own.start] = self._climb(own, near, outlier_factor * near)
            density, parent, squared, order = self._climbs[own.start]
            label, seed_of = np.full(len(density), -1, np.int64), np.full(len(density), -1, np.int64)
            follow(order, (squared > near**2) & (density >= dense), parent, label, seed_of)
            return label, seed_of

        return clusters_by_event(self._splits, event)

    def _climb(self, own: slice, near: float, reach: float) -> _Climb:
        points, cells = self._points[own], self._cells[own.start]
        density = np.full(len(points), -np.inf)
        densities(points, self._weight[own], near, *cells, density)
        parent, squared = np.full(len(points), -1, np.int64), np.full(len(points), np.inf)
        nearest_higher(points, density, reach, *cells, parent, squared)
        return _Climb(density, parent, squared, np.argsort(-density, kind="stable"))
