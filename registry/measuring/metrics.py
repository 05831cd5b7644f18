"""The figures of merit, declared once: from which table and rows each is computed, how, and with which error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from registry.measuring.choices import Interval
from registry.measuring.intervals import ONE_SIGMA, Estimate, binomial, effective_sigma, mean
from registry.measuring.showers import Table
from registry.measuring.words import Measure

Rows = Callable[[Table], np.ndarray]
"""Says which rows of a table are looked at, bool [rows]."""

Kind = Literal["share", "mean", "number"]
"""A share of rows (with a binomial interval), a mean over rows (with its standard error), another number of them."""


@dataclass(frozen=True)
class Metric:
    """A figure of merit; `name`: its name in logs and files.

    `table`: "objects", "showers" or "events"; `rows`: which of its rows count; `column`: what is averaged, or, of a
    "number", what `number(values)` [n] is computed from; `measure`: what its values are, where they have a unit.
    """

    name: str
    description: str
    table: str
    column: str
    kind: Kind = "mean"
    rows: Rows = lambda table: np.ones(len(next(iter(table.values()))), bool)
    number: Callable[[np.ndarray], float] = lambda values: float(values.mean())
    measure: Measure = ""
    better: Literal["higher", "lower", "one", "zero"] = "higher"

    @property
    def label(self) -> str:
        """What it is called in texts, "fake rate"."""
        return self.name.replace("_", " ")

    def values(self, table: Table) -> np.ndarray:
        """Return the values of the rows that count and are known, float64 [n], and drop the others."""
        return self.positions_and_values(table)[1]

    def positions_and_values(self, table: Table) -> tuple[np.ndarray, np.ndarray]:
        """Return which rows count and are known, int64 [n], and their values, float64 [n]."""
        column = np.asarray(table[self.column], np.float64)
        rows = np.flatnonzero(self.rows(table) & np.isfinite(column))
        return rows, column[rows]

    def of(self, values: np.ndarray, interval: Interval = "wilson") -> Estimate:
        """Return its value for these values [n], with the interval of one standard deviation."""
        if not len(values):
            return Estimate()
        if self.kind == "share":
            return binomial(float(values.sum()), len(values), interval)
        return mean(values) if self.kind == "mean" else Estimate(self.number(values))

    def replicas(self, values: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return its value in every replica of a bootstrap, float64 [replicas].

        `times`: how often each value is drawn, int64 [replicas, n].
        """
        if self.kind == "number":
            drawn = [np.repeat(values, own) for own in times]
            return np.array([self.number(own) if len(own) else math.nan for own in drawn])
        drawn_sums, counts = times @ values, times.sum(axis=1)
        found: np.ndarray = np.divide(drawn_sums, counts, out=np.full(len(times), math.nan), where=counts > 0)
        return found


def relative_sigma(values: np.ndarray) -> float:
    """Return effective sigma over mean."""
    centre = float(values.mean())
    return effective_sigma(values) / centre if centre else math.nan


def radius_of_one_sigma(distances: np.ndarray) -> float:
    """Return the distance within which 68.27 % are."""
    return float(np.quantile(distances, ONE_SIGMA))


def _counted(table: Table) -> np.ndarray:
    return table["counted"]


def _found(table: Table) -> np.ndarray:
    return table["found"]


def _matched(table: Table) -> np.ndarray:
    counted: np.ndarray = table["counted"] & (table["matched_object"] >= 0)
    return counted


def _classified(table: Table) -> np.ndarray:
    known: np.ndarray = table["found"] & (table["class"] >= 0) & (table["shower_class"] >= 0)
    return known


METRICS: Sequence[Metric] = (
    Metric("efficiency", "objects that were found / objects", "objects", "found", "share", _counted),
    Metric("fake_rate", "showers that match no object / showers", "showers", "fake", "share", _counted, better="lower"),
    Metric(
        "split_rate", "objects with two fragments or more / objects", "objects", "split", "share", _counted,
        better="lower",
    ),
    Metric(
        "merge_rate", "showers with two parts or more / showers", "showers", "merged", "share", _counted,
        better="lower",
    ),
    Metric(
        "purity", "mean share of a matched shower's hit energy that is its object's", "showers", "purity",
        rows=_matched,
    ),
    Metric(
        "completeness", "mean share of a found object's hit energy that its shower has", "objects", "completeness",
        rows=_found,
    ),
    Metric(
        "containment", "mean of the hit energy that shower and object share over the true energy", "objects",
        "containment", rows=_found,
    ),
    Metric(
        "response", "mean of predicted over true energy of found objects", "objects", "response", rows=_found,
        better="one",
    ),
    Metric(
        "resolution", "effective sigma over mean of predicted over true energy", "objects", "response", "number",
        _found, relative_sigma, better="lower",
    ),
    Metric(
        "position_residual", "mean distance of predicted and true position", "objects", "residual", rows=_found,
        measure="length", better="lower",
    ),
    Metric(
        "position_resolution", "distance of predicted and true position within which 68.27 % are", "objects",
        "residual", "number", _found, radius_of_one_sigma, "length", "lower",
    ),
    Metric(
        "time_residual", "mean of predicted minus true time", "objects", "residual_time", rows=_found, measure="time",
        better="zero",
    ),
    Metric(
        "time_resolution", "effective sigma of predicted minus true time", "objects", "residual_time", "number",
        _found, effective_sigma, "time", "lower",
    ),
    Metric(
        "class_accuracy", "found objects whose predicted class is the true one / found objects with both", "objects",
        "right_class", "share", _classified,
    ),
    Metric("v_measure", "mean over events of the V-measure of the hits' groups", "events", "v_measure"),
    Metric("adjusted_rand", "mean over events of the adjusted Rand index", "events", "adjusted_rand"),
)  # fmt: skip
"""What is reported of every clustering, in this order."""

BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}

F1 = "f1"
LINEARITY = "linearity"

DERIVED: Mapping[str, str] = {
    F1: "harmonic mean of efficiency and 1 - fake rate",
    LINEARITY: "largest deviation of the mean response in a bin of true energy from that of all, relative to that",
}
"""Figures that are computed from others."""


def f1(efficiency: float, fake_rate: float) -> float:
    """Return `2 e (1 - f) / (e + 1 - f)`; nan where one is unknown, 0 where nothing matched."""
    right = 1 - fake_rate
    together = efficiency + right
    return 2 * efficiency * right / together if together else 0.0
