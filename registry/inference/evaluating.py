"""Evaluates a trained model: predicts events with truth, makes clusters of them, and measures these."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from registry.contract.data import Columns
from registry.contract.errors import InputError, Problem
from registry.inference.read_out import columns_of
from registry.measuring.choices import VARIABLES, bins_of
from registry.measuring.curves import Curves, confusion, curves
from registry.measuring.events import JudgedEvent, judged_events, samples_of
from registry.measuring.judging import Judged, Rules
from registry.measuring.read_out import MissingColumn, ReadOut
from registry.measuring.sample import Bootstrap, Figure, Tables, figures, together
from registry.measuring.words import Words
from registry.wiring.evaluation import Evaluation

if TYPE_CHECKING:
    from registry.inference.predicting import PredictedEvents
    from registry.measuring.scan import Scan


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
    """What was measured of some events, by the network's read-out and by others; `worst`: the worst first.

    `words`: what clusters are called, and the units.
    """

    methods: Sequence[Method]
    names: Sequence[str]
    samples: Sequence[str]
    worst: Sequence[Event] = field(default_factory=list)
    words: Words = field(default_factory=Words)

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
            for called, event in _judged(read_out, columns, events, len(names), rules):
                found[name].append((event.number, event.sample, event.judged))
                if not place:
                    bad.offer(called, event)
        names += events.names
    tables = {name: together(rows) for name, rows in found.items()}
    return measured(evaluation, read_outs, tables, names, bad.events())


def measured(
    evaluation: Evaluation,
    read_outs: Mapping[str, tuple[ReadOut, Scan | None]],
    tables: Mapping[str, Tables],
    names: Sequence[str],
    worst: Sequence[Event] = (),
) -> Evaluated:
    """Return the figures of merit of the tables that each read-out has; `names`: of the events."""
    options = evaluation.options
    samples = samples_of(tables[next(iter(tables))], options.samples)
    methods = [
        _method(name, read_out, tables[name], scan, evaluation, samples) for name, (read_out, scan) in read_outs.items()
    ]
    return Evaluated(methods, names, list(samples), worst, evaluation.words)


def _method(
    name: str,
    read_out: ReadOut,
    tables: Tables,
    scan: Scan | None,
    evaluation: Evaluation,
    samples: Mapping[str, int | None],
) -> Method:
    options = evaluation.options
    bins = {name: options.bins.get(name) or bins_of(name, evaluation.words) for name in VARIABLES}
    shown: dict[str, Mapping[str, Figure]] = {}
    drawn: dict[str, Curves] = {}
    for sample, number in samples.items():
        own = tables if number is None else tables.of_sample(number)
        bootstrap = Bootstrap(own.events, options.bootstrap, options.seed)
        shown[sample] = figures(own, bootstrap, bins["energy"], options.interval)
        drawn[sample] = curves(own, bootstrap, bins, options.interval)
    return Method(name, read_out, tables, shown, drawn, confusion(tables), scan)


def _judged(
    read_out: ReadOut, columns: Columns, events: PredictedEvents, first: int, rules: Rules
) -> Iterator[tuple[str, JudgedEvent]]:
    """Yield every event with its name and with what a read-out makes of it; raises InputError (see `measure`)."""
    try:
        for event in judged_events(read_out, columns, rules, first):
            yield events.names[event.number - first], event
    except MissingColumn as error:
        hint = f"there are: {', '.join(columns)}"
        if "truth_index" not in read_out.columns:
            hint = f"Evaluation.columns.truth_index names a column of the loader; {hint}"
        raise InputError([Problem(str(error), hint=hint)]) from error
    except ValueError as error:
        raise InputError([Problem(f"Evaluation.matcher: {error}")]) from error


def _badness(event: JudgedEvent) -> int:
    """Return the number of fakes, misses and merges."""
    objects, showers = event.judged.objects, event.judged.showers
    missed = int((objects["counted"] & ~objects["found"]).sum())
    return missed + int(showers["fake"].sum()) + int(showers["merged"].sum())


def _to_show(name: str, event: JudgedEvent) -> Event:
    """Return what a display of the event needs."""
    hits = len(event.truth)
    places = event.hits.get("coordinates", np.zeros((hits, 3)))
    energy = event.hits["energy"].reshape(-1) if "energy" in event.hits else np.ones(hits)
    own = event.clusters.assignment
    return Event(event.number, name, _badness(event), places, energy, event.truth, own, event.judged)


class _Worst:
    """Keeps the worst events; of equally bad ones the first."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._heap: list[tuple[int, int, Event]] = []

    def offer(self, name: str, event: JudgedEvent) -> None:
        """Keep an event if it is one of the worst so far."""
        key = _badness(event), -event.number
        if not key[0] or not self._count or (len(self._heap) == self._count and key <= self._heap[0][:2]):
            return
        heapq.heappush(self._heap, (*key, _to_show(name, event)))
        if len(self._heap) > self._count:
            heapq.heappop(self._heap)

    def events(self) -> list[Event]:
        """Return the events, the worst first."""
        return [event for *_, event in sorted(self._heap, key=lambda item: item[:2], reverse=True)]
