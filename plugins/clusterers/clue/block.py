"""Declares the read-out CLUE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from registry.contract.block import BlockParams, Port, param
from registry.contract.clusterer import Clusterer, Clusters, Labels, clusters_by_event, flat
from registry.contract.data import Columns
from registry.plugins.shared.ports import ROW_SPLITS


class Clue(Clusterer):
    """Makes clusters around hits of high density: every hit follows the nearest one that is denser.

    Density: `rho_i = w_i + 0.5 sum of w_j over hits j with |x_j - x_i| < critical_distance`. A hit's parent is the
    nearest hit of higher density within `outlier_factor * critical_distance` (the last of equally near ones), at
    distance delta (infinite without one). Seeds: `delta > critical_distance` and `rho >= critical_density`. Outliers:
    no parent and `rho < critical_density`; they, and hits that follow them, are in no cluster. All others join their
    parent's cluster. Clusters are numbered by falling density of the seed. Two hits of the same density do not follow
    one another. Source: M. Rovere et al., Front. Big Data 3 (2020) 591315.
    """

    name: ClassVar[str] = "clue"
    inputs = (
        Port("coordinates", "hits dimensions", "place of the hit, in the detector or in cluster space"),
        Port("weight", "hits 1", "what density is a sum of: the hit's energy; 1 if not given", optional=True),
        ROW_SPLITS,
    )
    thresholds: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "critical_distance": (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0),
        "critical_density": (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    }

    class Params(BlockParams):
        """How far hits count as near, and how dense a seed is."""

        critical_distance: float = param(0.3, "hits nearer than this count in the density; unit of the space", gt=0)
        critical_density: float = param(1.0, "seeds have this density or more; unit of the weight", ge=0)
        outlier_factor: float = param(2.0, "parents are searched within this many critical distances", ge=1)

    def cluster(self, columns: Columns) -> Clusters:
        points = np.asarray(columns["coordinates"], dtype=np.float64)
        weight = flat(columns["weight"]) if "weight" in columns else np.ones(len(points))
        return clusters_by_event(columns["row_splits"], lambda own: self._event(points[own], weight[own]))

    def _event(self, points: np.ndarray, weight: np.ndarray) -> Labels:
        from registry.plugins.kernels.compiled.cells import densities, nearest_higher, sort_into_cells

        given = self.params
        points = np.ascontiguousarray(points)
        cells = sort_into_cells(points)
        density = np.full(len(points), -np.inf)
        densities(points, weight, given.critical_distance, *cells, density)
        parent, squared = np.full(len(points), -1, np.int64), np.full(len(points), np.inf)
        reach = given.outlier_factor * given.critical_distance
        nearest_higher(points, density, reach, *cells, parent, squared)
        seeds = (squared > given.critical_distance**2) & (density >= given.critical_density)
        # By falling density a hit comes behind the one it follows.
        order = np.argsort(-density, kind="stable")
        labels, points_of = np.full(len(density), -1, np.int64), np.full(len(density), -1, np.int64)
        found = 0
        for hit in order.tolist():
            if seeds[hit]:
                labels[hit], points_of[hit] = found, hit
                found += 1
            elif parent[hit] >= 0:
                labels[hit], points_of[hit] = labels[parent[hit]], points_of[parent[hit]]
        return labels, points_of


BLOCKS = (Clue,)
