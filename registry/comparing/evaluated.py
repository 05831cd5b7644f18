"""Evaluations that runs hold: what they say of themselves, and differences over the events that they share."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from registry.comparing.recorded import Compared
from registry.contract.errors import RunError
from registry.measuring.intervals import resamplings
from registry.measuring.metrics import BY_NAME, F1, f1
from registry.measuring.sample import Tables
from registry.measuring.showers import Table
from registry.wiring.digest import digest

RECORD = "evaluation.json"
"""The file that says how an evaluation was made; its tables lie beside it."""

FOLDER = "evaluation"
"""The folder of a run that holds the evaluation of its test events; those of other events lie in folders inside."""

FIGURES = ("efficiency", "fake_rate", F1, "purity", "completeness", "response", "resolution", "v_measure")
"""Figures of merit that are compared over events."""

REPLICAS, SEED = 1000, 1
"""How often events are drawn anew, and the seed with which they are: the figures are the same every time."""

METHOD = (
    f"over events: the events of the evaluation are drawn anew with replacement, {REPLICAS} times (seed {SEED}), the "
    "same ones for both groups; of each draw the figure is computed for every run, and the means over the runs of both "
    "groups are subtracted: 95 % interval by percentiles, p = 2 min(share below 0, share above 0). It holds for the "
    "networks as they were trained: the scatter with the seed is not in it"
)


class Way(NamedTuple):
    """How an evaluation was made: hashes of its code, of how clusters are made and judged, and of its events."""

    code: str
    settings: str
    events: str


@dataclass(frozen=True)
class Evaluation:
    """What a run holds of its evaluation."""

    run: Compared
    folder: str
    record: Mapping[str, Any]

    @cached_property
    def way(self) -> Way:
        """How it was made."""
        prints = self.record.get("fingerprint", {})
        try:
            events = digest([self.data.get("fingerprint"), self.events])
        except RunError:
            events = ""
        return Way(str(prints.get("code", "")), str(prints.get("settings", "")), events)

    @property
    def prefix(self) -> str:
        """The start of the names of its figures among the metrics of the run, "evaluation/test"."""
        own = PurePosixPath(self.folder).name == FOLDER
        return f"{self.folder}/{self.data.get('events', 'test')}" if own else self.folder

    @property
    def data(self) -> Mapping[str, Any]:
        """What it says of its events."""
        said = self.record.get("data")
        return said if isinstance(said, Mapping) else {}

    @cached_property
    def tables(self) -> Tables:
        """The tables of objects, showers and events; raises RunError if they cannot be read."""
        return Tables(*(self._table(name) for name in ("objects", "showers", "events")))

    def _table(self, name: str) -> Table:
        content = self.run.content(f"{self.folder}/{name}.parquet".lstrip("/"))
        if content is None:
            raise RunError(f"{self.run.name}: the table {name!r} of its evaluation is not there")
        from pyarrow import parquet

        read = parquet.read_table(io.BytesIO(content))
        return {column: read.column(column).to_numpy() for column in read.column_names}

    @cached_property
    def events(self) -> tuple[Any, ...]:
        """What names the events, in their order."""
        table = self.tables.events
        return tuple(table.get("name", table.get("event", np.zeros(0))).tolist())


def evaluation_of(run: Compared) -> Evaluation | None:
    """Return the evaluation that a run holds, None if it holds none that can be read."""
    try:
        paths = [path for path in run.found.store.files(run.id) if PurePosixPath(path).name == RECORD]
    except RunError:
        return None
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        try:
            record = json.loads(run.text(path))
        except ValueError:
            continue
        folder = PurePosixPath(path).parent.as_posix()
        return Evaluation(run, "" if folder == "." else folder, record)
    return None


@dataclass(frozen=True)
class OverEvents:
    """A difference over events, second minus first: its value, its 95 % interval, and its p-value."""

    difference: float
    low: float
    high: float
    p: float


def over_events(first: Sequence[Evaluation], second: Sequence[Evaluation], name: str) -> OverEvents | None:
    """Return the difference of a figure of merit between two groups of runs, over the events that all of them share.

    None where it is not known for one of them. Raises RunError if the events are not the same.
    """
    if len({item.events for item in (*first, *second)}) > 1:
        raise RunError("the evaluations are of different events")
    drawn = [np.array([_replicas(item.tables, name) for item in group]) for group in (first, second)]
    if not all(len(item) for item in drawn):
        return None
    values = [float(item[:, 0].mean()) for item in drawn]
    replicas = drawn[1][:, 1:].mean(axis=0) - drawn[0][:, 1:].mean(axis=0)
    if math.isnan(values[0] + values[1]) or np.isnan(replicas).any():
        return None
    low, high = np.quantile(replicas, [0.025, 0.975])
    below, above = ((replicas <= 0).sum(), (replicas >= 0).sum())
    p = min(1.0, 2 * (1 + min(below, above)) / (1 + len(replicas)))
    return OverEvents(values[1] - values[0], float(low), float(high), float(p))


def _replicas(tables: Tables, name: str) -> np.ndarray:
    """Return a figure of merit of all events, and of every replica after it, float64 [1 + REPLICAS]."""
    if name == F1:
        pairs = zip(_replicas(tables, "efficiency"), _replicas(tables, "fake_rate"), strict=True)
        return np.array([f1(*pair) for pair in pairs])
    metric = BY_NAME[name]
    table = tables.named(metric.table)
    if not table or metric.column not in table:
        return np.full(1 + REPLICAS, math.nan)
    numbers = np.sort(tables.events["event"])
    drawn = resamplings(len(numbers), REPLICAS, SEED)
    times = np.concatenate([np.ones((1, len(numbers)), drawn.dtype), drawn])
    rows, values = metric.positions_and_values(table)
    event = np.searchsorted(numbers, table["event"][rows])
    if metric.kind == "number":
        return np.array([metric.number(np.repeat(values, own[event])) if len(values) else math.nan for own in times])
    # Sums by event first: replicas times rows would not fit into memory.
    sums, counts = (np.bincount(event, weights, len(numbers)) for weights in (values, None))
    total = times @ counts
    found: np.ndarray = np.divide(times @ sums, total, out=np.full(len(times), math.nan), where=total > 0)
    return found
