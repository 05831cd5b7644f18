"""The tables of many events together, cut by sample, and the figures of merit of them with their errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from registry.measuring.choices import Interval
from registry.measuring.intervals import Estimate, resamplings, spread
from registry.measuring.judging import Judged
from registry.measuring.metrics import BY_NAME, F1, LINEARITY, METRICS, f1
from registry.measuring.showers import Table

FEWEST = 10
"""Found objects that a bin of energy has at the least to count for linearity."""


@dataclass(frozen=True)
class Tables:
    """The tables of objects, showers and events; `event` first, then `sample`, then what each is of."""

    objects: Table
    showers: Table
    events: Table

    def of_sample(self, number: int) -> Tables:
        """Return the tables of the events of one sample."""
        return Tables(*(_chosen(table, table["sample"] == number) for table in self.all()))

    def all(self) -> tuple[Table, Table, Table]:
        """Return the tables of objects, showers and events."""
        return self.objects, self.showers, self.events

    def counts(self) -> dict[str, int]:
        """Return the numbers of events and hits, and of objects and showers that count."""
        return {
            "events": len(self.events["event"]) if self.events else 0,
            "hits": int(self.events["hits"].sum()) if self.events else 0,
            "objects": int(self.objects["counted"].sum()) if self.objects else 0,
            "showers": int(self.showers["counted"].sum()) if self.showers else 0,
        }

    def named(self, table: str) -> Table:
        """Return the table of a name."""
        found: Table = getattr(self, table)
        return found


def _chosen(table: Table, rows: np.ndarray) -> Table:
    return {name: column[rows] for name, column in table.items()}


def together(events: Iterable[tuple[int, int, Judged]]) -> Tables:
    """Return the tables of events, given with their number and sample each, in one."""
    objects: list[Table] = []
    showers: list[Table] = []
    rows: list[dict[str, float]] = []
    for number, sample, judged in events:
        objects.append(_labelled(judged.objects, number, sample))
        showers.append(_labelled(judged.showers, number, sample))
        rows.append({"event": number, "sample": sample, **judged.event})
    events_table = {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}
    joined = _joined(objects)
    if joined:
        joined["right_class"] = joined["class"] == joined["shower_class"]
    return Tables(joined, _joined(showers), events_table)


def _labelled(table: Table, number: int, sample: int) -> Table:
    rows = len(next(iter(table.values())))
    return {"event": np.full(rows, number), "sample": np.full(rows, sample), **table}


def _joined(tables: Sequence[Table]) -> Table:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]} if tables else {}


@dataclass(frozen=True)
class Figure:
    """A figure of merit: its value with the interval of its kind, and its error by the bootstrap over events."""

    estimate: Estimate
    error: float = math.nan
    count: int = 0
    """Rows it was computed from."""


class Bootstrap:
    """Draws events anew, the same ones for every figure."""

    def __init__(self, events: Table, replicas: int, seed: int) -> None:
        self._numbers = np.sort(events["event"]) if events else np.zeros(0, np.int64)
        self._times = resamplings(len(self._numbers), replicas, seed)

    def times(self, event: np.ndarray) -> np.ndarray:
        """Return how often the rows of these events [n] are drawn, int64 [replicas, n]."""
        return self._times[:, np.searchsorted(self._numbers, event)]


def figures(
    tables: Tables, bootstrap: Bootstrap, energy_bins: Sequence[float], interval: Interval = "wilson"
) -> dict[str, Figure]:
    """Return every figure of merit by name; what has no value is there, and unknown."""
    found: dict[str, Figure] = {}
    drawn: dict[str, np.ndarray] = {}
    for metric in METRICS:
        table = tables.named(metric.table)
        if not table:
            found[metric.name] = Figure(Estimate())
            continue
        rows, values = metric.positions_and_values(table)
        if len(values):
            drawn[metric.name] = metric.replicas(values, bootstrap.times(table["event"][rows]))
        # Drawn from one event, a value is always the same: that says nothing of another event.
        error = spread(drawn[metric.name]) if len(np.unique(table["event"][rows])) > 1 else math.nan
        found[metric.name] = Figure(_with_ends(metric.of(values, interval), error), error, len(values))
    found[F1] = _f1(found, drawn)
    found[LINEARITY] = _linearity(tables.objects, bootstrap, energy_bins)
    return found


def _with_ends(estimate: Estimate, error: float) -> Estimate:
    """Return an estimate that has no interval of its own with that of the bootstrap."""
    if estimate.known and math.isnan(estimate.low):
        return Estimate(estimate.value, estimate.value - error, estimate.value + error)
    return estimate


def _f1(found: Mapping[str, Figure], drawn: Mapping[str, np.ndarray]) -> Figure:
    value = f1(found["efficiency"].estimate.value, found["fake_rate"].estimate.value)
    if math.isnan(value):
        return Figure(Estimate())
    pairs = zip(drawn["efficiency"].tolist(), drawn["fake_rate"].tolist(), strict=True)
    known = not math.isnan(found["efficiency"].error)
    error = spread(np.array([f1(*pair) for pair in pairs])) if known else math.nan
    return Figure(Estimate(value, value - error, value + error), error, found["efficiency"].count)


def _linearity(objects: Table, bootstrap: Bootstrap, edges: Sequence[float]) -> Figure:
    """Return the largest relative deviation of the mean response in a bin of true energy from that of all."""
    if not objects:
        return Figure(Estimate())
    rows, response = BY_NAME["response"].positions_and_values(objects)
    number = np.searchsorted(np.asarray(edges), objects["energy"][rows], side="right")
    counts = np.bincount(number)
    bins = np.flatnonzero(counts >= FEWEST)
    if len(bins) < 2:
        return Figure(Estimate())
    inside = (number[:, None] == bins).astype(np.float64)
    value = float(_deviation(np.ones((1, len(rows))), response, inside)[0])
    drawn = _deviation(bootstrap.times(objects["event"][rows]).astype(np.float64), response, inside)
    error = spread(drawn)
    return Figure(Estimate(value, value - error, value + error), error, len(rows))


def _deviation(times: np.ndarray, response: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the largest relative deviation in each replica; `inside`: [rows, bins]."""
    counts, sums = times @ inside, (times * response) @ inside
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    total, every = (times * response).sum(axis=1), times.sum(axis=1)
    mean = np.divide(total, every, out=np.full(len(total), np.nan), where=every > 0)[:, None]
    relative = np.abs(np.divide(means - mean, mean, out=np.full(means.shape, np.nan), where=np.nan_to_num(mean) != 0))
    return np.where(np.isnan(relative).all(axis=1), np.nan, np.nan_to_num(relative, nan=0.0).max(axis=1))
