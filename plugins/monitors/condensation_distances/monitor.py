"""Measures distances between hits and condensation points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from registry.contract.figures import Histogram
from registry.contract.monitor import Findings
from registry.plugins.monitors.columns import Columns
from registry.plugins.monitors.objects import condensation_points, object_numbers
from registry.plugins.monitors.sampling import SampledMonitor


class DistancesMonitor(SampledMonitor):
    """Looks at validation events at every record and at the end."""

    def measure(self, columns: Columns) -> Findings:
        """Return the medians, and the histograms as shares of the hits."""
        own, other, nearest = distances(
            columns["coordinates"], columns["beta"], columns["truth_index"], columns["row_splits"]
        )
        values = {"own": own, "other": other}
        found = {name: float(np.median(item)) for name, item in values.items() if len(item)}
        if len(nearest):
            found["nearest_is_own"] = float(nearest.mean())
        every = np.concatenate([own, other])
        if not len(every):
            return Findings(found)
        edges = np.linspace(0.0, max(float(np.quantile(every, 0.99)), 1e-6), self._params.bins + 1)
        shares = {name: np.histogram(item, edges)[0] / len(item) for name, item in values.items() if len(item)}
        text = "share of hits by distance to the condensation point of their own object, and to the nearest other one"
        return Findings(found, figures={"distances": Histogram(edges, shares, "distance in cluster space", text)})


def distances(
    coordinates: np.ndarray, beta: np.ndarray, truth_index: np.ndarray, row_splits: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distances to own points, those to the nearest other points, and whether the own one is the nearest.

    `coordinates` [hits, dimensions], `beta`, `truth_index` [hits], `row_splits` [events + 1].
    """
    places = np.asarray(coordinates, np.float64)
    numbers, count = object_numbers(truth_index, row_splits)
    points = condensation_points(beta, numbers, count)
    owns, others, nearests = [], [], []
    for start, stop in pairwise(np.asarray(row_splits).reshape(-1).astype(np.int64).tolist()):
        of_event = points[(points >= start) & (points < stop)]
        if not len(of_event):
            continue
        space = np.linalg.norm(places[start:stop, None] - places[of_event][None], axis=2)
        mine = numbers[start:stop, None] == numbers[of_event][None]
        real = mine.any(axis=1)
        own = np.where(mine, space, np.inf).min(axis=1)
        other = np.where(mine, np.inf, space).min(axis=1)
        follows = real & ~np.isin(np.arange(start, stop), of_event)
        owns.append(own[follows])
        others.append(other[np.isfinite(other)])
        nearests.append((own < other)[follows & np.isfinite(other)])
    empty = np.zeros(0)
    return np.concatenate([empty, *owns]), np.concatenate([empty, *others]), np.concatenate([empty, *nearests])
