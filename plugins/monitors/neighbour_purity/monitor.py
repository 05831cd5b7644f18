"""Measures the purity of neighbours."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from registry.contract.monitor import Findings, Moment, MonitorContext
from registry.plugins.monitors.objects import event_numbers, object_numbers
from registry.plugins.monitors.sampling import sampled


class Pairs(NamedTuple):
    """How many pairs of hit and neighbour there are, how many of one object, and how many of them one would expect."""

    all: float = 0.0
    same: float = 0.0
    expected: float = 0.0


class PurityMonitor:
    """Looks at validation events at every record and at the end."""

    moments: tuple[Moment, ...] = ("start", "record", "end")

    def __init__(self, params: Any) -> None:
        self._params = params

    def look(self, context: MonitorContext) -> Findings:
        """Return purity, that of a random space, and their ratio."""
        found = Pairs()
        for observation in sampled(context, self._params.most_hits):
            values = observation.values
            own = pairs(values["neighbour_indices"], values["truth_index"], values["row_splits"])
            found = Pairs(*(before + more for before, more in zip(found, own, strict=True)))
        return Findings(metrics(found))


def pairs(neighbours: np.ndarray, truth_index: np.ndarray, row_splits: np.ndarray) -> Pairs:
    """Return the pairs of a batch; `neighbours` [hits, K]: positions of hits, -1 for none."""
    neighbours = np.asarray(neighbours)
    numbers, count = object_numbers(truth_index, row_splits)
    hits = np.arange(len(numbers))[:, None]
    there = (neighbours >= 0) & (neighbours != hits) & (numbers >= 0)[:, None]
    same = there & (numbers[np.where(neighbours >= 0, neighbours, 0)] == numbers[:, None])
    events = event_numbers(row_splits)
    in_event = np.bincount(events, minlength=1)[events] if len(events) else np.zeros(0)
    in_object = np.where(numbers >= 0, np.bincount(numbers[numbers >= 0], minlength=max(count, 1))[numbers], 1)
    chance = (in_object - 1) / np.maximum(in_event - 1, 1)
    return Pairs(float(there.sum()), float(same.sum()), float((there.sum(axis=1) * chance).sum()))


def metrics(found: Pairs) -> dict[str, float]:
    """Return the shares; nothing without a pair."""
    if not found.all:
        return {}
    values = {"purity": found.same / found.all, "random": found.expected / found.all}
    return values | ({"gain": found.same / found.expected} if found.expected else {})
