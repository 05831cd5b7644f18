"""Events that a monitor looks at: those held out for validation, as many as it needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from registry.contract.monitor import Findings, Moment, MonitorContext, Observation
from registry.plugins.monitors.columns import Columns, gather


def sampled(context: MonitorContext, most_hits: int) -> Iterator[Observation]:
    """Yield the batches of validation events, or of training events where none are held out, up to so many hits."""
    for part in ("validation", "train"):
        hits = 0
        for observation in context.observe(part):
            yield observation
            hits += int(observation.values["row_splits"].reshape(-1)[-1])
            if hits >= most_hits:
                return
        if hits:
            return


def sampled_columns(context: MonitorContext, most_hits: int) -> Columns | None:
    """Return the columns of these events, one after the other; None if there are none."""
    return gather(sampled(context, most_hits))


class SampledMonitor(ABC):
    """Measures columns of validation events at the start, at every record and at the end; nothing without events."""

    moments: tuple[Moment, ...] = ("start", "record", "end")

    def __init__(self, params: Any) -> None:
        self._params = params

    def look(self, context: MonitorContext) -> Findings:
        """Return what is found."""
        columns = sampled_columns(context, self._params.most_hits)
        return Findings() if columns is None else self.measure(columns)

    @abstractmethod
    def measure(self, columns: Columns) -> Findings:
        """Return what the columns show."""
