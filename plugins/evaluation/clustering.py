"""Makes clusters of the hits around condensation points, as at inference."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from registry.contract.clusterer import Clusters
from registry.contract.labels import Labels, clusters_by_event, flat
from registry.plugins.evaluation.assigning import Assign
from registry.plugins.kernels.compiled.cells import Cells, nearest_in_reach, sort_into_cells
from registry.plugins.kernels.compiled.cells import condense as take_hits


def condense(
    beta: np.ndarray,
    coordinates: np.ndarray,
    distance: np.ndarray | None,
    row_splits: np.ndarray,
    beta_threshold: float = 0.1,
    distance_threshold: float = 0.5,
    assign: Assign = "highest_beta",
) -> Clusters:
    """Return the clusters of every event: condensation points by falling beta take the free hits within their radius.

    Of the free hits with `beta > beta_threshold`, the one with the highest beta takes all free hits j of its event with
    `|x_j - x_i|^2 <= (distance_i * distance_threshold)^2`; repeated until no candidate is free. Then `assign` chooses
    among the condensation points found for each hit. The first hit wins where two have the same beta. Hits of
    which a value is not finite condense nothing, and join nothing if it is a coordinate. Clusters are numbered by
    falling beta.

    `beta`: [hits] or [hits, 1], 0 to 1; `coordinates`: [hits, dimensions]; `distance`: [hits] or [hits, 1], in units of
    the cluster space, None for 1; `row_splits`: [events + 1].
    Source: arXiv:2002.03605; HGCalML, modules/assign_condensate_op.py.
    """
    each = CondenseEach(beta, coordinates, distance, row_splits)
    return each.clusters(beta_threshold, distance_threshold, assign, beta_threshold)


class CondenseEach:
    """Condenses the same events with several thresholds; what does not depend on them is computed once."""

    def __init__(
        self, beta: np.ndarray, coordinates: np.ndarray, distance: np.ndarray | None, row_splits: np.ndarray
    ) -> None:
        self._beta = flat(beta)
        self._points = np.ascontiguousarray(coordinates, dtype=np.float64)
        self._scale = np.ones_like(self._beta) if distance is None else flat(distance)
        self._row_splits = np.asarray(row_splits).reshape(-1)
        self._cells: dict[int, Cells] = {}
        self._condensed: dict[tuple[float, float], Clusters] = {}
        self._joined: dict[tuple[int, float, Assign], tuple[np.ndarray, Labels]] = {}

    def clusters(self, beta_threshold: float, distance_threshold: float, assign: Assign, lowest: float) -> Clusters:
        """Return the clusters with these thresholds; `lowest`: the lowest beta threshold that will be asked for."""
        # Points condense by falling beta: those above a threshold are the first ones of those above a lower one.
        if (lowest, distance_threshold) not in self._condensed:
            self._condensed[lowest, distance_threshold] = self._condense(lowest, distance_threshold)
        every = self._condensed[lowest, distance_threshold]
        if assign != "highest_beta":
            return self._join(every, beta_threshold, distance_threshold, assign)
        if beta_threshold == lowest:
            return every
        kept = (every.assignment >= 0) & (self._beta[every.condensation_point] > beta_threshold)
        return Clusters(np.where(kept, every.assignment, -1), np.where(kept, every.condensation_point, -1))

    def _condense(self, beta_threshold: float, distance_threshold: float) -> Clusters:
        """Return the clusters of hits that join the point of the highest beta that reaches them."""

        def event(own: slice) -> Labels:
            beta, points, squared_radius = (
                self._beta[own],
                self._points[own],
                self._squared_radius(own, distance_threshold),
            )
            candidates = np.flatnonzero(
                (beta > beta_threshold) & np.isfinite(points).all(axis=1) & np.isfinite(squared_radius)
            )
            candidates = candidates[np.argsort(-beta[candidates], kind="stable")]
            owner = np.full(len(beta), -1, dtype=np.int64)
            take_hits(candidates, points, squared_radius, *self._cells_of(own), owner)
            return _numbered(candidates[owner[candidates] == candidates], owner)

        return clusters_by_event(self._row_splits, event)

    def _join(self, every: Clusters, beta_threshold: float, distance_threshold: float, assign: Assign) -> Clusters:
        """Return the clusters of hits that join the nearest point of those above a beta threshold."""

        def event(own: slice) -> Labels:
            hits = np.flatnonzero(every.condensation_point[own] == np.arange(own.start, own.stop))
            hits = hits[self._beta[own][hits] > beta_threshold]
            seeds = hits[np.argsort(every.assignment[own][hits])]
            key = (own.start, distance_threshold, assign)
            # Where a higher threshold leaves the same points, hits join the same ones.
            if key not in self._joined or not np.array_equal(self._joined[key][0], seeds):
                self._joined[key] = seeds, self._nearest(own, seeds, distance_threshold, assign)
            return self._joined[key][1]

        return clusters_by_event(self._row_splits, event)

    def _nearest(self, own: slice, seeds: np.ndarray, distance_threshold: float, assign: Assign) -> Labels:
        points, cells = self._points[own], self._cells_of(own)
        owner = np.full(len(points), -1, dtype=np.int64)
        if assign == "nearest_in_reach":
            nearest_in_reach(seeds, points, self._squared_radius(own, distance_threshold), *cells, owner)
        elif len(seeds):
            _, nearest = cKDTree(points[seeds]).query(points[cells.items])
            owner[cells.items] = seeds[nearest]
        return _numbered(seeds, owner)

    def _squared_radius(self, own: slice, distance_threshold: float) -> np.ndarray:
        squared: np.ndarray = (self._scale[own] * distance_threshold) ** 2
        return squared

    def _cells_of(self, own: slice) -> Cells:
        if own.start not in self._cells:
            self._cells[own.start] = sort_into_cells(self._points[own])
        return self._cells[own.start]


def _numbered(seeds: np.ndarray, owner: np.ndarray) -> Labels:
    """Return the clusters of an event's hits by the order of the seeds that own any; `owner` [hits], -1 for none."""
    owns = np.zeros(len(owner) + 1, bool)
    owns[owner] = True
    kept = seeds[owns[seeds]]
    number = np.full(len(owner) + 1, -1, dtype=np.int32)
    number[kept] = np.arange(len(kept))
    return number[owner], owner
