"""Evaluates a trained model: predicts events with truth, makes clusters of them, and measures these."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from registry.contract.data import Columns
from registry.contract.errors import InputError, Problem
from registry.inference.read_out import columns_of
from registry.measuring.choices import BINS
from registry.measuring.curves import Curves, confusion, curves
from registry.measuring.judging import Judged, Rules, judge
from registry.measuring.kept import cut, of_event
from registry.measuring.overlaps import whole_hits
from registry.measuring.read_out import MissingColumn, ReadOut
from registry.measuring.sample import Bootstrap, Figure, Tables, figures, together
from registry.wiring.evaluation import Evaluation

if TYPE_CHECKING:
    from registry.contract.clusterer import Clusters
    from registry.inference.predicting import PredictedEvents
    from registry.measuring.tuning import Scan

ALL = "all"
"""What the events of all samples together are called."""

NETWORK = "network"
"""What the read-out of the network is called beside baselines."""


@dataclass(frozen=True)
class Event:
    """An event to be shown: its hits, and what was found of them.

    `badness`: fakes, misses and merges; `coordinates`: [hits, dimensions]; `truth`: the object of each hit, -1 for
    noise.
    """

    number: int
    name: str
    badness: int
    coordinates: np.ndarray
    energy: np.ndarray
    truth: np.ndarray
    assignment: np.ndarray
    judged: Judged


@dataclass(frozen=True)
class Method:
    """One way of making clusters of the events, and what was measured of it; figures and curves by sample."""

    name: str
    read_out: ReadOut
    tables: Tables
    figures: Mapping[str, Mapping[str, Figure]]
    curves: Mapping[str, Curves]
    confusion: np.ndarray
    scan: Scan | None = None


@dataclass(frozen=True)
class Evaluated:
    """What was measured of some events, by the network's read-out and by others; `worst`: the worst first."""

    methods: Sequence[Method]
    names: Sequence[str]
    samples: Sequence[str]
    worst: Sequence[Event] = field(default_factory=list)

    @property
    def network(self) -> Method:
        """What was measured of the network's own read-out."""
        return self.methods[0]


def measure(
    evaluation: Evaluation,
    read_outs: Mapping[str, tuple[ReadOut, Scan | None]],
    predicted: Iterator[PredictedEvents],
    worst: int = 0,
) -> Evaluated:
    """Measure the clusters that each read-out makes of predicted events, which have their truth with them.

    `read_outs`: the network's first; with how their thresholds were chosen. Raises InputError for data without truth,
    without a column that is needed, or without what the matcher asks for.
    """
    options = evaluation.options
    rules = Rules(evaluation.matcher, options.split_share, options.merge_share, options.density_radius)
    found: dict[str, list[tuple[int, int, Judged]]] = {name: [] for name in read_outs}
    names: list[str] = []
    bad = _Worst(worst)
    for events in predicted:
        columns = columns_of(events)
        for place, (name, (read_out, _)) in enumerate(read_outs.items()):
            for event in _judged(read_out, columns, events, len(names), rules):
                found[name].append((event.number, event.sample, event.judged))
                if not place:
                    bad.offer(event)
        names += events.names
    tables = {name: together(rows) for name, rows in found.items()}
    samples = _samples(tables[next(iter(tables))], options.samples)
    methods = [
        _method(name, read_out, tables[name], scan, evaluation, samples) for name, (read_out, scan) in read_outs.items()
    ]
    return Evaluated(methods, names, list(samples), bad.events())


def _samples(tables: Tables, names: Sequence[str]) -> dict[str, int | None]:
    """Return the numbers of the samples by their names; None stands for all events."""
    numbers = sorted(set(tables.events["sample"].tolist()) - {-1}) if tables.events else []
    named = {names[number] if number < len(names) else f"sample {number}": number for number in numbers}
    return {ALL: None, **(named if len(numbers) > 1 else {})}


def _method(
    name: str,
    read_out: ReadOut,
    tables: Tables,
    scan: Scan | None,
    evaluation: Evaluation,
    samples: Mapping[str, int | None],
) -> Method:
    options = evaluation.options
    bins = {variable: options.bins.get(variable, edges) for variable, edges in BINS.items()}
    shown: dict[str, Mapping[str, Figure]] = {}
    drawn: dict[str, Curves] = {}
    for sample, number in samples.items():
        own = tables if number is None else tables.of_sample(number)
        bootstrap = Bootstrap(own.events, options.bootstrap, options.seed)
        shown[sample] = figures(own, bootstrap, bins["energy"], options.interval)
        drawn[sample] = curves(own, bootstrap, bins, options.interval)
    return Method(name, read_out, tables, shown, drawn, confusion(tables), scan)


@dataclass(frozen=True)
class _JudgedEvent:
    number: int
    name: str
    sample: int
    hits: Mapping[str, np.ndarray]
    truth: np.ndarray
    clusters: Clusters
    judged: Judged

    @property
    def badness(self) -> int:
        """Fakes, misses and merges."""
        objects, showers = self.judged.objects, self.judged.showers
        missed = int((objects["counted"] & ~objects["found"]).sum())
        return missed + int(showers["fake"].sum()) + int(showers["merged"].sum())

    def to_show(self) -> Event:
        """Return what a display of the event needs."""
        hits = len(self.truth)
        places = self.hits.get("coordinates", np.zeros((hits, 3)))
        energy = self.hits["energy"].reshape(-1) if "energy" in self.hits else np.ones(hits)
        own = self.clusters.assignment
        return Event(self.number, self.name, self.badness, places, energy, self.truth, own, self.judged)


def _judged(
    read_out: ReadOut, columns: Columns, events: PredictedEvents, first: int, rules: Rules
) -> Iterator[_JudgedEvent]:
    """Yield every event with what a read-out makes of it."""
    try:
        clusters = read_out.clusters(columns)
    except MissingColumn as error:
        raise InputError([Problem(str(error), hint=f"there are: {', '.join(columns)}")]) from error
    hits, true = read_out.hits(columns), read_out.true(columns)
    if "index" not in true:
        hint = f"Evaluation.columns.truth_index names a column of the loader; there are: {', '.join(events.columns)}"
        raise InputError([Problem("the events have no truth: there is no column 'truth_index'", hint=hint)])
    for place, (start, stop) in enumerate(pairwise(events.row_splits.tolist())):
        own, own_true = of_event(clusters, start, stop), cut(true, start, stop)
        index = own_true.pop("index").reshape(-1)
        sample = own_true.pop("sample", np.zeros((stop - start, 1)))
        own_hits = cut(hits, start, stop)
        try:
            judged = judge(own, whole_hits(index), own_hits, own_true, rules)
        except ValueError as error:
            raise InputError([Problem(f"Evaluation.matcher: {error}")]) from error
        number = int(sample.reshape(-1)[0]) if stop > start else -1
        yield _JudgedEvent(first + place, events.names[place], number, own_hits, index, own, judged)


class _Worst:
    """Keeps the worst events; of equally bad ones the first."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._heap: list[tuple[int, int, Event]] = []

    def offer(self, event: _JudgedEvent) -> None:
        """Keep an event if it is one of the worst so far."""
        key = event.badness, -event.number
        if not event.badness or not self._count or (len(self._heap) == self._count and key <= self._heap[0][:2]):
            return
        heapq.heappush(self._heap, (*key, event.to_show()))
        if len(self._heap) > self._count:
            heapq.heappop(self._heap)

    def events(self) -> list[Event]:
        """Return the events, the worst first."""
        return [event for *_, event in sorted(self._heap, key=lambda item: item[:2], reverse=True)]
