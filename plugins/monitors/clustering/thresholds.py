"""Chooses the thresholds of condensation on validation events."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from registry.plugins.evaluation.clustering import condense
from registry.plugins.evaluation.matching import Criteria
from registry.plugins.evaluation.metrics import score_events, total
from registry.plugins.monitors.columns import Columns

BETAS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
DISTANCES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5)


class Thresholds(NamedTuple):
    """Condensation points have `beta` above the one; their radius is `distance` times their own distance scale."""

    beta: float
    distance: float


def best_thresholds(events: Columns, given: Thresholds, criteria: Criteria) -> Thresholds:
    """Return the thresholds with the highest F1, 2 matched / (objects + clusters), on these events.

    Tried are the given ones and a grid; of equals the first tried wins, so that `given` stays where nothing is better.
    """
    truth, energy, row_splits = events["truth_index"], events["energy"], events["row_splits"]

    def merit(thresholds: Thresholds) -> float:
        clusters = condense(events["beta"], events["ccoords"], events.get("distance"), row_splits, *thresholds)
        return total(score_events(clusters.assignment, truth, energy, row_splits, criteria)).f1

    return max([given, *(Thresholds(*pair) for pair in product(BETAS, DISTANCES))], key=merit)
