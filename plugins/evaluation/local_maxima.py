"""The baseline without training: hits that top their neighbours seed clusters, the others join the nearest seed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from registry.contract.clusterer import Clusters
from registry.contract.labels import Labels, clusters_by_event, flat


@dataclass(frozen=True)
class LocalMaxima:
    """The rule: a hit seeds if none within `seed_radius` (cm) has more energy and it has `seed_energy` (GeV) or more.

    Every other hit joins the nearest seed if that is within `join_radius` (cm), and is noise otherwise.
    """

    seed_radius: float = 15.0
    join_radius: float = 60.0
    seed_energy: float = 0.0

    def cluster(self, energy: np.ndarray, positions: np.ndarray, row_splits: np.ndarray) -> np.ndarray:
        """Return the cluster of every hit, int32 [hits], counted from 0 in every event by falling energy, -1 for noise.

        `energy`: GeV [hits] or [hits, 1]; `positions`: cm [hits, dimensions]; `row_splits`: [events + 1].
        """
        return self.clusters(energy, positions, row_splits).assignment

    def clusters(
        self, energy: np.ndarray, positions: np.ndarray, row_splits: np.ndarray, tops: np.ndarray | None = None
    ) -> Clusters:
        """Return the clusters with the seed of each, from the same columns as `cluster`.

        `tops`: bool [hits], what `maxima` gives for these hits and `seed_radius`, if it is known.
        """
        flat_energy, places = flat(energy), np.asarray(positions, dtype=np.float64)
        topping = maxima(flat_energy, places, row_splits, self.seed_radius) if tops is None else tops

        def event(own: slice) -> Labels:
            return self._event(flat_energy[own], places[own], topping[own])

        return clusters_by_event(row_splits, event)

    def _event(self, energy: np.ndarray, positions: np.ndarray, topping: np.ndarray) -> Labels:
        seeds = np.flatnonzero(topping & (energy >= self.seed_energy))
        labels, points = np.full(len(energy), -1), np.full(len(energy), -1)
        somewhere = np.flatnonzero(_usable(energy, positions))
        if not len(seeds):
            return labels, points
        seeds = seeds[np.argsort(-energy[seeds], kind="stable")]
        reach = np.nextafter(self.join_radius, np.inf)
        _, nearest = cKDTree(positions[seeds]).query(positions[somewhere], distance_upper_bound=reach)
        joined = nearest < len(seeds)
        labels[somewhere[joined]], points[somewhere[joined]] = nearest[joined], seeds[nearest[joined]]
        return labels, points


def maxima(energy: np.ndarray, positions: np.ndarray, row_splits: np.ndarray, radius: float) -> np.ndarray:
    """Say of each hit of some events whether it tops all of its event within `radius` (cm), bool [hits].

    Hits whose energy or position is not finite do not, and are no neighbours.
    """
    found = np.zeros(len(energy), bool)
    for start, stop in pairwise(np.asarray(row_splits).reshape(-1).tolist()):
        own = start + np.flatnonzero(_usable(energy[start:stop], positions[start:stop]))
        if len(own):
            found[own] = local_maxima(energy[own], positions[own], radius)
    return found


def local_maxima(energy: np.ndarray, positions: np.ndarray, radius: float) -> np.ndarray:
    """Say of each hit of an event whether it tops all within `radius` (cm), bool [hits]; of equals the first does."""
    pairs = cKDTree(positions).query_pairs(radius, output_type="ndarray")
    topped = np.ones(len(energy), dtype=bool)
    first_lower = energy[pairs[:, 0]] < energy[pairs[:, 1]]
    topped[np.where(first_lower, pairs[:, 0], pairs[:, 1])] = False
    return topped


def _usable(energy: np.ndarray, positions: np.ndarray) -> np.ndarray:
    usable: np.ndarray = np.isfinite(positions).all(axis=1) & np.isfinite(energy)
    return usable
