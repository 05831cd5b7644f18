"""Matching as in the calorimeter of Belle II."""

from __future__ import annotations

import numpy as np

from registry.contract.matching import Overlap


def largest_enough(overlap: Overlap, clusters: np.ndarray, cluster_share: float, object_share: float) -> np.ndarray:
    """Return the pair of each cluster that shares most of those which share enough, int64 [clusters], -1 for none.

    `clusters`: bool [clusters], those that may match.
    """
    true = overlap.objects.energy if overlap.true_energy is None else overlap.true_energy
    enough = overlap.energy > cluster_share * overlap.clusters.energy[overlap.cluster]
    enough &= overlap.energy > object_share * true[overlap.object]
    pair = overlap.majority(np.where(enough, overlap.energy, -1.0))
    passed = pair >= 0
    passed[passed] = enough[pair[passed]]
    return np.where(passed & clusters, pair, -1)
