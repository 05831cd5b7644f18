"""The baseline without training: hits that top their neighbours seed clusters, the others join the nearest seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from registry.contract.clusterer import Clusters
from registry.contract.labels import Labels, clusters_by_event, flat
from registry.plugins.evaluation.matching import Criteria
from registry.plugins.evaluation.metrics import Score, score_events, total
from registry.plugins.evaluation.slices import event_slices


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
        flat_energy, places = flat(energy), np.asarray(positions, dtype=np.float64)
        return clusters_by_event(row_splits, lambda own: self._event(flat_energy[own], places[own]))

    def _event(self, energy: np.ndarray, positions: np.ndarray) -> Labels:
        somewhere = np.isfinite(positions).all(axis=1) & np.isfinite(energy)
        labels, points = np.full(len(energy), -1), np.full(len(energy), -1)
        if somewhere.any():
            found, own = self._finite_event(energy[somewhere], positions[somewhere])
            labels[somewhere], points[somewhere] = found, np.where(own >= 0, np.flatnonzero(somewhere)[own], -1)
        return labels, points

    def _finite_event(self, energy: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seeds = np.flatnonzero(local_maxima(energy, positions, self.seed_radius) & (energy >= self.seed_energy))
        if not len(seeds):
            return np.full(len(energy), -1), np.full(len(energy), -1)
        seeds = seeds[np.argsort(-energy[seeds], kind="stable")]
        reach = np.nextafter(self.join_radius, np.inf)
        _, nearest = cKDTree(positions[seeds]).query(positions, distance_upper_bound=reach)
        joined = nearest < len(seeds)
        return np.where(joined, nearest, -1), np.where(joined, seeds[np.where(joined, nearest, 0)], -1)


def local_maxima(energy: np.ndarray, positions: np.ndarray, radius: float) -> np.ndarray:
    """Say of each hit of an event whether it tops all within `radius` (cm), bool [hits]; of equals the first does."""
    pairs = cKDTree(positions).query_pairs(radius, output_type="ndarray")
    topped = np.ones(len(energy), dtype=bool)
    first_lower = energy[pairs[:, 0]] < energy[pairs[:, 1]]
    topped[np.where(first_lower, pairs[:, 0], pairs[:, 1])] = False
    return topped


def tune(
    rule: LocalMaxima,
    energy: np.ndarray,
    positions: np.ndarray,
    truth_index: np.ndarray,
    row_splits: np.ndarray,
    criteria: Criteria | None = None,
    merit: Callable[[Score], float] = lambda score: score.f1,
    steps: int = 40,
) -> LocalMaxima:
    """Return the rule with the seed energy that is best on these (validation) events.

    Tried are `rule.seed_energy` itself and `steps` quantiles of the seeds' energies, evenly spaced. The merit is by
    default `F1 = 2 matched / (objects + clusters)`, so that a lost object and a fake cost the same; of equals the
    lowest threshold wins.
    """
    energies = flat(energy)
    events = [own for own in event_slices(row_splits) if own.stop > own.start]
    seeding = [energies[own][local_maxima(energies[own], positions[own], rule.seed_radius)] for own in events]
    seeds = np.concatenate([np.zeros(0), *seeding])
    if not len(seeds):
        return rule
    thresholds = np.unique(np.quantile(seeds[seeds >= rule.seed_energy], np.arange(steps) / steps, method="higher"))
    best, highest = rule, -np.inf
    for candidate in [rule, *(replace(rule, seed_energy=float(threshold)) for threshold in thresholds)]:
        assignment = candidate.cluster(energies, positions, row_splits)
        value = merit(total(score_events(assignment, truth_index, energies, row_splits, criteria)))
        if value > highest:
            best, highest = candidate, value
    return best
