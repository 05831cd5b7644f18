"""Chooses the thresholds of a read-out on validation events: a coarse scan, then finer ones around the best point."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
from pydantic import ValidationError

from registry.contract.block import BlockParams
from registry.contract.clusterer import Clusters
from registry.contract.data import Columns
from registry.contract.matcher import Matcher
from registry.measuring.agreement import agreement
from registry.measuring.choices import Objective
from registry.measuring.kept import cut, of_event
from registry.measuring.metrics import f1
from registry.measuring.objects import truths_of
from registry.measuring.overlaps import Truths
from registry.measuring.read_out import ReadOut
from registry.measuring.scan import Scan

REFINEMENTS = 2
"""Scans around the best point, each with steps half as long."""

Progress = Callable[[int, int], None]
"""Is told how many settings have been tried, and how many will be."""


MOST_HITS = 300_000
"""Hits of the events that thresholds are chosen on: a scan on more takes long, and hardly chooses better."""


def tune(
    read_out: ReadOut,
    columns: Columns,
    matcher: Matcher,
    objective: Objective = "f1",
    progress: Progress = lambda done, total: None,
) -> Scan | None:
    """Return the scan of a read-out's thresholds on some events; None for one without any, or without events or truth.

    Tried first are the parameters as they are, then every combination of `Clusterer.thresholds`, then finer steps
    around the best; of equally good ones the first tried wins. `columns`: as `ReadOut.clusters` takes them, with the
    truth. Raises MissingColumn, and ValueError if the matcher asks for what the data do not say.
    """
    clusterer, true = read_out.clusterer, read_out.true(columns)
    if "index" not in true or not clusterer.thresholds:
        return None
    truths = truths_of(columns["row_splits"], read_out.hits(columns), true)
    if not truths:
        return None
    names = tuple(clusterer.thresholds)
    trials = _Trials(read_out, columns, truths, matcher, objective, progress)
    grid = {name: sorted({*values, trials.given[name]}) for name, values in clusterer.thresholds.items()}
    coarse = [tuple(trials.given[name] for name in names), *product(*(clusterer.thresholds[name] for name in names))]
    finer = 3 ** len(names) - 1
    trials.expected = len(set(coarse)) + REFINEMENTS * finer
    trials.run(coarse)
    for _ in range(REFINEMENTS if trials.differ() else 0):
        around = dict(zip(names, trials.best(), strict=True))
        grid = {name: _halved(values, around[name]) for name, values in grid.items()}
        near = [_near(grid[name], around[name]) for name in names]
        trials.run(product(*near))
    return trials.scan()


def _halved(values: Sequence[float], around: float) -> list[float]:
    """Return values with the middle on either side of one of them added."""
    beside = [(low + high) / 2 for low, high in pairwise(values) if around in (low, high)]
    return sorted({*values, *beside})


def _near(values: Sequence[float], around: float) -> Sequence[float]:
    """Return a value and its neighbours."""
    place = values.index(around)
    return values[max(0, place - 1) : place + 2]


class _Trials:
    """Tries settings, each once."""

    def __init__(
        self,
        read_out: ReadOut,
        columns: Columns,
        truths: Sequence[Truths],
        matcher: Matcher,
        objective: Objective,
        progress: Progress,
    ) -> None:
        self._read_out, self._columns, self._truths = read_out, columns, truths
        self._matcher, self._objective, self._progress = matcher, objective, progress
        self._splits = np.asarray(columns["row_splits"]).reshape(-1).tolist()
        hits = read_out.hits(columns)
        self._hits = [cut(hits, start, stop) for start, stop in pairwise(self._splits)]
        self._plain: dict[str, Any] = read_out.clusterer.params.model_dump()
        self.given: dict[str, float] = {name: float(self._plain[name]) for name in read_out.clusterer.thresholds}
        self._values: dict[tuple[float, ...], float] = {}
        self._known: dict[tuple[int, bytes], tuple[float, ...]] = {}
        self.expected = 0

    def run(self, settings: Iterable[tuple[float, ...]]) -> None:
        """Try settings that have not been tried, and that the read-out takes."""
        new = [(values, params) for values in dict.fromkeys(settings) if values not in self._values
               if (params := self._params(values)) is not None]  # fmt: skip
        scanned = self._read_out.scan(self._columns, [params for _, params in new])
        for (values, _), clusters in zip(new, scanned, strict=True):
            self._values[values] = self._value(clusters)
            self._progress(len(self._values), max(self.expected, len(self._values)))

    def differ(self) -> bool:
        """Say whether any setting is better than another."""
        return len(set(self._values.values())) > 1

    def best(self) -> tuple[float, ...]:
        """Return the best setting so far, the first of equal ones."""
        return max(self._values, key=lambda values: self._values[values])

    def scan(self) -> Scan:
        """Return all that was tried."""
        tried, values = tuple(self._values), tuple(self._values.values())
        best = tried.index(self.best())
        names = tuple(self.given)
        return Scan(self._objective, names, tried, values, best, _edges(names, tried, values, best), len(self._truths))

    def _params(self, values: tuple[float, ...]) -> BlockParams | None:
        changed = self._plain | dict(zip(self.given, values, strict=True))
        try:
            made: BlockParams = type(self._read_out.clusterer.params).model_validate(changed)
        except ValidationError:
            return None
        return made

    def _value(self, clusters: Clusters) -> float:
        """Return the objective of all events together."""
        events = [
            self._of_event(number, of_event(clusters, start, stop))
            for number, (start, stop) in enumerate(pairwise(self._splits))
        ]
        if self._objective != "f1":
            return _mean([measure for (measure,) in events])
        objects, found, showers, fakes = (sum(column) for column in zip(*events, strict=True))
        return f1(found / objects, fakes / showers) if objects and showers else 0.0

    def _of_event(self, number: int, clusters: Clusters) -> tuple[float, ...]:
        """Return what the objective is made of in one event; thresholds that make the same clusters are judged once."""
        weight = self._matcher.weights_of_hits(self._hits[number], clusters)
        digest = hashlib.blake2b(np.ascontiguousarray(clusters.assignment).tobytes(), digest_size=16)
        digest.update(b"" if weight is None else np.ascontiguousarray(weight).tobytes())
        mark = number, digest.digest()
        if mark not in self._known:
            self._known[mark] = self._judged(self._truths[number], clusters.assignment, weight)
        return self._known[mark]

    def _judged(self, truth: Truths, assignment: np.ndarray, weight: np.ndarray | None) -> tuple[float, ...]:
        if self._objective != "f1":
            return (agreement(truth.labels, assignment)[self._objective],)
        matches = self._matcher.match(truth.overlap(assignment, weight))
        found, fakes = matches.objects & (matches.cluster_of >= 0), matches.clusters & (matches.object_of < 0)
        return tuple(int(which.sum()) for which in (matches.objects, found, matches.clusters, fakes))


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else 0.0


def _edges(
    names: Sequence[str], tried: Sequence[tuple[float, ...]], values: Sequence[float], best: int
) -> tuple[str, ...]:
    """Return the thresholds whose best value is the first or last tried, unless one inside is as good."""
    found = []
    for place, name in enumerate(names):
        scanned = sorted({setting[place] for setting in tried})
        inside = scanned[1:-1]
        equal = any(
            setting[place] in inside and value >= values[best] for setting, value in zip(tried, values, strict=True)
        )
        if len(scanned) > 1 and tried[best][place] not in inside and not equal:
            found.append(name)
    return tuple(found)
