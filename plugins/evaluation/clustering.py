"""Makes clusters of the hits around condensation points, as at inference."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.labels import flat
from registry.plugins.evaluation.assigning import Assign
from registry.plugins.kernels.compiled.cells import Cells, nearest_in_reach, sort_into_cells
from registry.plugins.kernels.compiled.cells import condense as take_hits
from registry.plugins.kernels.compiled.nearest import nearest_of_first


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
    among the condensation points found for each hit, of equally near ones that of higher beta. The first hit wins where
    two have the same beta. Hits of which a value is not finite condense nothing, and join nothing if it is a
    coordinate. Clusters are numbered by falling beta.

    `beta`: [hits] or [hits, 1], 0 to 1; `coordinates`: [hits, dimensions]; `distance`: [hits] or [hits, 1], in units of
    the cluster space, None for 1; `row_splits`: [events + 1].
    Source: arXiv:2002.03605; HGCalML, modules/assign_condensate_op.py.
    """
    setting = Setting(beta_threshold, distance_threshold, assign)
    return CondenseEach(beta, coordinates, distance, row_splits, [setting]).clusters(setting)


class Setting(NamedTuple):
    """What `condense` is told of a clustering."""

    beta_threshold: float
    distance_threshold: float
    assign: Assign


class _Points(NamedTuple):
    """What settings that differ in the beta threshold alone have in common.

    `seeds`: the condensation points of the lowest threshold, event by event, in each by falling beta; `owners`: the
    point that each hit joins, -1 for none, int32 [thresholds, hits], thresholds falling.
    """

    seeds: np.ndarray
    owners: np.ndarray


class CondenseEach:
    """Condenses the same events with several settings; what these have in common is computed once.

    Points condense by falling beta: those above a threshold are the first ones of those above a lower one.
    """

    def __init__(
        self,
        beta: np.ndarray,
        coordinates: np.ndarray,
        distance: np.ndarray | None,
        row_splits: np.ndarray,
        settings: Sequence[Setting],
    ) -> None:
        self._beta = flat(beta)
        self._points = np.ascontiguousarray(coordinates, dtype=np.float64)
        self._scale = np.ones_like(self._beta) if distance is None else flat(distance)
        self._splits = np.asarray(row_splits, np.int64).reshape(-1)
        self._settings = settings
        self._cells: dict[int, Cells] = {}
        self._known: dict[tuple[float, Assign], _Points] = {}

    def clusters(self, setting: Setting) -> Clusters:
        """Return the clusters of one of the settings."""
        _, radius, assign = setting
        alike = {own.beta_threshold for own in self._settings if own[1:] == (radius, assign)}
        thresholds = sorted(alike, reverse=True)
        if (radius, assign) not in self._known:
            self._known[radius, assign] = self._every(thresholds, radius, assign)
        seeds, owners = self._known[radius, assign]
        return self._numbered(seeds, owners[thresholds.index(setting.beta_threshold)].astype(np.int64))

    def _every(self, thresholds: Sequence[float], radius: float, assign: Assign) -> _Points:
        """Return the points, and the one that each hit joins with each beta threshold."""
        seeds: list[np.ndarray] = [np.zeros(0, np.int64)]
        owners = np.full((len(thresholds), len(self._beta)), -1, np.int32)
        for start, stop in pairwise(self._splits.tolist()):
            if stop > start:
                own, joined = self._event(slice(start, stop), thresholds, radius, assign)
                owners[:, start:stop] = np.where(joined >= 0, joined + start, -1)
                seeds.append(own + start)
        return _Points(np.concatenate(seeds), owners)

    def _event(
        self, own: slice, thresholds: Sequence[float], radius: float, assign: Assign
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the points of an event, and the one that each hit joins [thresholds, hits of the event]."""
        beta, points = self._beta[own], self._points[own]
        squared_radius = (self._scale[own] * radius) ** 2
        usable = np.isfinite(points).all(axis=1) & np.isfinite(squared_radius)
        candidates = np.flatnonzero((beta > thresholds[-1]) & usable)
        candidates = candidates[np.argsort(-beta[candidates], kind="stable")]
        taken = np.full(len(beta), -1, np.int64)
        cells = self._cells_of(own)
        take_hits(candidates, points, squared_radius, *cells, taken)
        seeds = candidates[taken[candidates] == candidates]
        counts = np.searchsorted(-beta[seeds], -np.array(thresholds), side="left")
        joined = np.empty((len(thresholds), len(beta)), np.int64)
        if assign == "highest_beta":
            score = np.where(taken >= 0, beta[taken], -np.inf)
            joined[:] = np.where(score > np.array(thresholds)[:, None], taken, -1)
        elif assign == "nearest_in_reach":
            nearest_in_reach(seeds, counts, points, squared_radius, *cells, joined)
        else:
            nearest_of_first(points, seeds, counts, np.inf, joined)
        return seeds, joined

    def _numbered(self, seeds: np.ndarray, owner: np.ndarray) -> Clusters:
        """Return the clusters, in every event numbered by the order of the points that own any hit."""
        owns = np.zeros(len(owner) + 1, bool)
        owns[owner] = True
        kept = seeds[owns[seeds]]
        event = np.searchsorted(self._splits, kept, side="right")
        number = np.full(len(owner) + 1, -1, np.int32)
        number[kept] = np.arange(len(kept)) - np.searchsorted(event, event)
        return Clusters(number[owner], owner)

    def _cells_of(self, own: slice) -> Cells:
        if own.start not in self._cells:
            self._cells[own.start] = sort_into_cells(self._points[own])
        return self._cells[own.start]
