"""Leaves hits that a network has dropped out of clustering, and numbers clusters without gaps."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from registry.contract.clusterer import Clusterer, Clusters
from registry.measuring.positions import position_ports


class Kept:
    """The hits of some events that a network has kept; `kept`: [hits] or [hits, 1], above 0.5 for those."""

    def __init__(self, kept: np.ndarray, row_splits: np.ndarray) -> None:
        flags = np.asarray(kept).reshape(-1) > 0.5
        self._hits = len(flags)
        self._chosen = np.flatnonzero(flags)
        self._splits = np.searchsorted(self._chosen, np.asarray(row_splits).reshape(-1))

    def columns(self, given: Mapping[str, np.ndarray], clusterer: Clusterer) -> dict[str, np.ndarray]:
        """Return the columns of these hits alone, and their row splits; values that name hits count them anew."""
        place = np.full(self._hits + 1, -1, np.int64)
        place[self._chosen] = np.arange(len(self._chosen))
        named = position_ports(clusterer)
        own = {port: values[self._chosen] for port, values in given.items() if port != "row_splits"}
        return {
            **{port: place[values] if port in named else values for port, values in own.items()},
            "row_splits": self._splits,
        }

    def clusters(self, own: Clusters) -> Clusters:
        """Return clusters of these hits as clusters of all hits."""
        every = Clusters(np.full(self._hits, -1, np.int32), np.full(self._hits, -1, np.int64))
        every.assignment[self._chosen] = own.assignment
        around = np.flatnonzero(own.condensation_point >= 0)
        every.condensation_point[self._chosen[around]] = self._chosen[own.condensation_point[around]]
        return every


def numbered(clusters: Clusters, row_splits: np.ndarray) -> Clusters:
    """Return clusters that are numbered without gaps in every event, which a plugin's may not be."""
    assignment = clusters.assignment
    splits = np.asarray(row_splits).reshape(-1).tolist()
    for start, stop in pairwise(splits):
        own = assignment[start:stop]
        # A scan of thresholds asks this of every event and setting: counting is cheaper than comparing sets.
        if own.max(initial=-1) < len(own) and np.bincount(np.maximum(own, -1) + 1)[1:].all():
            continue
        present = np.unique(own[own >= 0])
        assignment = assignment.copy() if assignment is clusters.assignment else assignment
        assignment[start:stop] = np.where(own >= 0, np.searchsorted(present, own), -1)
    return clusters._replace(assignment=assignment)


def of_event(clusters: Clusters, start: int, stop: int) -> Clusters:
    """Return the clusters of the hits from `start` to before `stop`; condensation points count from `start`."""
    points = clusters.condensation_point[start:stop]
    return Clusters(clusters.assignment[start:stop], np.where(points >= 0, points - start, -1))


def cut(columns: Mapping[str, np.ndarray], start: int, stop: int) -> dict[str, np.ndarray]:
    """Return the hits from `start` to before `stop` of every column."""
    return {name: values[start:stop] for name, values in columns.items()}
