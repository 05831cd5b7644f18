"""Efficiency, purity, fake rate, response and resolution of a clustering, with their errors."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from registry.contract.labels import flat
from registry.measuring.judging import share, shared_energy
from registry.measuring.overlaps import Truths, whole_hits
from registry.plugins.evaluation.matching import Criteria, large_objects
from registry.plugins.evaluation.slices import event_slices


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error; both are nan where nothing was counted."""

    value: float
    error: float

    @property
    def known(self) -> bool:
        """Whether anything was counted."""
        return not math.isnan(self.value)


def proportion(passed: int, total: int) -> Estimate:
    """Return `m = passed / total` with the binomial error `sqrt(m (1 - m) / total)`."""
    if not total:
        return Estimate(math.nan, math.nan)
    value = passed / total
    return Estimate(value, math.sqrt(value * (1 - value) / total))


def mean(values: np.ndarray) -> Estimate:
    """Return the mean of `values` [n] with its standard error, `s / sqrt(n)`; the error of one value is nan."""
    if not len(values):
        return Estimate(math.nan, math.nan)
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return Estimate(float(values.mean()), error)


def _none() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Score:
    """What was counted in some events; scores add up.

    `objects`: true objects with enough hits; `clusters`: clusters with enough hits; `purities` [matched]: fraction of
    each matched cluster's energy that belongs to its object; `responses` [matched]: E_predicted / E_true.
    """

    objects: int = 0
    clusters: int = 0
    purities: np.ndarray = field(default_factory=_none)
    responses: np.ndarray = field(default_factory=_none)

    @property
    def matched(self) -> int:
        """Number of matched pairs."""
        return len(self.purities)

    @property
    def efficiency(self) -> Estimate:
        """Matched objects / objects, binomial error."""
        return proportion(self.matched, self.objects)

    @property
    def fake_rate(self) -> Estimate:
        """Clusters that match no object / clusters, binomial error."""
        return proportion(self.clusters - self.matched, self.clusters)

    @property
    def purity(self) -> Estimate:
        """Mean over matched clusters of the share of their energy that belongs to the matched object."""
        return mean(self.purities)

    @property
    def response(self) -> Estimate:
        """Mean of E_predicted / E_true over matched pairs."""
        return mean(self.responses[np.isfinite(self.responses)])

    @property
    def resolution(self) -> Estimate:
        """`sigma / mu` of E_predicted / E_true over matched pairs; the error is `value / sqrt(2 (n - 1))`."""
        ratio = self.responses[np.isfinite(self.responses)]
        if len(ratio) < 2 or ratio.mean() == 0:
            return Estimate(math.nan, math.nan)
        value = float(ratio.std(ddof=1) / ratio.mean())
        return Estimate(value, abs(value) / math.sqrt(2 * (len(ratio) - 1)))

    @property
    def f1(self) -> float:
        """`2 matched / (objects + clusters)`, the harmonic mean of efficiency and 1 - fake rate; 0 without either."""
        total = self.objects + self.clusters
        return 2 * self.matched / total if total else 0.0


@dataclass(frozen=True)
class Metric:
    """A figure of merit of a clustering; `name`: the property of Score that it is, and its name in logs.

    `share`: a part of a whole, which is shown in percent; the others are ratios of energies, shown as they are.
    """

    name: str
    share: bool

    @property
    def label(self) -> str:
        """What it is called in texts, "fake rate"."""
        return self.name.replace("_", " ")

    @property
    def heading(self) -> str:
        """What stands above its column in a table, with the unit."""
        return f"{self.label} %" if self.share else self.label

    def of(self, score: Score) -> Estimate:
        """Return its value in a score."""
        estimate: Estimate = getattr(score, self.name)
        return estimate

    def text(self, estimate: Estimate) -> str:
        """Return a value with its error, where that is known, in the unit of the heading; "-" if it is not known."""
        if not estimate.known:
            return "-"
        scale, digits = (100, 1) if self.share else (1, 3)
        error = "" if math.isnan(estimate.error) else f" +- {scale * estimate.error:.{digits}f}"
        return f"{scale * estimate.value:.{digits}f}{error}"


METRICS = (
    Metric("efficiency", share=True),
    Metric("purity", share=True),
    Metric("fake_rate", share=True),
    Metric("response", share=False),
    Metric("resolution", share=False),
)
"""What is reported of every clustering, in this order, in tables, logs and texts."""

COUNTS = ("objects", "clusters")
"""What is counted in every clustering: fields of Score."""


def total(scores: Iterable[Score]) -> Score:
    """Return the sum of the scores of several sets of events."""
    items = list(scores)
    return Score(
        sum(item.objects for item in items),
        sum(item.clusters for item in items),
        np.concatenate([_none(), *(item.purities for item in items)]),
        np.concatenate([_none(), *(item.responses for item in items)]),
    )


def score_events(
    assignment: np.ndarray,
    truth_index: np.ndarray,
    energy: np.ndarray,
    row_splits: np.ndarray,
    criteria: Criteria | None = None,
    truth_energy: np.ndarray | None = None,
    predicted_energy: np.ndarray | None = None,
) -> list[Score]:
    """Return the score of every event.

    `assignment`, `truth_index`: integers [hits] or [hits, 1], below 0 is noise; `energy`: GeV, what IoU and purity are
    weighted by; `truth_energy`: GeV, the energy of each hit's object (without it there is no response);
    `predicted_energy`: GeV, each hit's contribution to its cluster's energy, `energy` if not given.
    """
    columns = [assignment, truth_index, energy, energy if predicted_energy is None else predicted_energy]
    flat = [np.asarray(column).reshape(-1) for column in columns]
    truth = None if truth_energy is None else np.asarray(truth_energy, dtype=np.float64).reshape(-1)
    scores = []
    for own in event_slices(row_splits):
        cut = [column[own] for column in flat]
        scores.append(_score_event(cut, None if truth is None else truth[own], criteria or Criteria()))
    return scores


def _score_event(columns: list[np.ndarray], truth_energy: np.ndarray | None, criteria: Criteria) -> Score:
    assignment, truth_index, energy, predicted = columns
    # What is in no object that counts is noise here: a cluster of it is a fake.
    truth_index = large_objects(truth_index, criteria.min_object_hits)
    overlap = Truths(whole_hits(truth_index), flat(energy)).overlap(assignment)
    matches = criteria.match(overlap)
    objects = np.flatnonzero(matches.objects & (matches.cluster_of >= 0))
    clusters = matches.cluster_of[objects]
    purities = share(shared_energy(overlap, clusters, objects), overlap.clusters.energy[clusters])
    responses = np.full(len(objects), math.nan)
    if truth_energy is not None:
        first = [int(np.argmax(truth_index == label)) for label in overlap.objects.labels[objects]]
        sums = [float(predicted[assignment == label].sum()) for label in overlap.clusters.labels[clusters]]
        responses = share(np.array(sums), flat(truth_energy)[first])
    return Score(int(matches.objects.sum()), int(matches.clusters.sum()), purities, responses)
