"""The baseline without training: hits that top their neighbours seed clusters, the others join the nearest seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from registry.contract.clusterer import Clusters
from registry.contract.labels import flat
from registry.plugins.kernels.compiled.nearest import nearest_of_first


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

    def clusters(self, energy: np.ndarray, positions: np.ndarray, row_splits: np.ndarray) -> Clusters:
        """Return the clusters with the seed of each, from the same columns as `cluster`."""
        return next(each_of([self], energy, positions, row_splits))


def each_of(
    rules: Sequence[LocalMaxima], energy: np.ndarray, positions: np.ndarray, row_splits: np.ndarray
) -> Iterator[Clusters]:
    """Yield the clusters that each of several rules makes, from the columns that `LocalMaxima.cluster` takes.

    What rules that differ in the seed energy alone have in common is computed once.
    """
    flat_energy = flat(energy)
    usable = _usable(flat_energy, np.asarray(positions))
    places = np.where(usable[:, None], np.asarray(positions, dtype=np.float64), np.nan)
    known: dict[tuple[float, float], dict[float, Clusters]] = {}
    for rule in rules:
        radii = (rule.seed_radius, rule.join_radius)
        if radii not in known:
            alike = {own.seed_energy for own in rules if (own.seed_radius, own.join_radius) == radii}
            known[radii] = _with_each(sorted(alike, reverse=True), *radii, flat_energy, places, row_splits)
        yield known[radii][rule.seed_energy]


def _with_each(
    least: Sequence[float],
    seed_radius: float,
    join_radius: float,
    energy: np.ndarray,
    places: np.ndarray,
    row_splits: np.ndarray,
) -> dict[float, Clusters]:
    """Return the clusters with each of several seed energies, falling."""
    tops = maxima(energy, places, row_splits, seed_radius)
    hits = len(energy)
    made = {seed_energy: Clusters(np.full(hits, -1, np.int32), np.full(hits, -1, np.int64)) for seed_energy in least}
    for start, stop in pairwise(np.asarray(row_splits).reshape(-1).tolist()):
        own = slice(start, stop)
        seeds = np.flatnonzero(tops[own] & (energy[own] >= least[-1]))
        seeds = seeds[np.argsort(-energy[own][seeds], kind="stable")]
        # By falling energy, the seeds of one setting are the first ones of those of another.
        counts = np.searchsorted(-energy[own][seeds], -np.array(least), side="right")
        joined = np.empty((len(least), stop - start), np.int64)
        nearest_of_first(places[own], seeds, counts, join_radius**2, joined)
        number = np.full(stop - start + 1, -1, np.int32)
        number[seeds] = np.arange(len(seeds))
        for clusters, seed in zip(made.values(), joined, strict=True):
            clusters.assignment[own] = number[seed]
            clusters.condensation_point[own] = np.where(seed >= 0, seed + start, -1)
    return made


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
