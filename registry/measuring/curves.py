"""Figures of merit against energy, transverse momentum, pseudorapidity, density and number of hits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from registry.measuring.choices import VARIABLES, Interval, Variable
from registry.measuring.intervals import Estimate, spread
from registry.measuring.metrics import METRICS, Metric
from registry.measuring.sample import Bootstrap, Figure, Tables


@dataclass(frozen=True)
class Bin:
    """A figure of merit in one bin, from `low` to `high`."""

    low: float
    high: float
    figure: Figure


Curves = dict[str, dict[str, list[Bin]]]
"""The bins with entries, by metric and variable."""


def curves(
    tables: Tables, bootstrap: Bootstrap, bins: Mapping[Variable, Sequence[float]], interval: Interval = "wilson"
) -> Curves:
    """Return every figure of merit of objects and showers in bins of every variable."""
    found: Curves = {}
    for metric in METRICS:
        table = tables.named(metric.table)
        if metric.table == "events" or not table:
            continue
        rows, values = metric.positions_and_values(table)
        times = bootstrap.times(table["event"][rows])
        for variable in VARIABLES:
            at = np.asarray(table[variable], np.float64)[rows]
            own = _bins(metric, values, at, times, bins[variable], interval)
            if own:
                found.setdefault(metric.name, {})[variable] = own
    return found


def _bins(
    metric: Metric,
    values: np.ndarray,
    at: np.ndarray,
    times: np.ndarray,
    edges: Sequence[float],
    interval: Interval,
) -> list[Bin]:
    number = np.where(np.isfinite(at), np.searchsorted(np.asarray(edges), at, side="right") - 1, -1)
    found = []
    for place, (low, high) in enumerate(pairwise(edges)):
        inside = number == place
        if inside.any():
            error = spread(metric.replicas(values[inside], times[:, inside]))
            estimate = metric.of(values[inside], interval)
            if estimate.known and math.isnan(estimate.low):
                estimate = Estimate(estimate.value, estimate.value - error, estimate.value + error)
            found.append(Bin(low, high, Figure(estimate, error, int(inside.sum()))))
    return found


def confusion(tables: Tables) -> np.ndarray:
    """Return how many found objects of each true class have each predicted class, int64 [classes, classes]."""
    objects = tables.objects
    if not objects:
        return np.zeros((0, 0), np.int64)
    known = objects["found"] & (objects["class"] >= 0) & (objects["shower_class"] >= 0)
    true, predicted = objects["class"][known], objects["shower_class"][known]
    size = int(max(true.max(initial=-1), predicted.max(initial=-1))) + 1
    return np.bincount(true * size + predicted, minlength=size * size).reshape(size, size)
