"""A plugin that prints the processor time of a training step, of all threads; on a busy machine the clock is of no use.

    python -m registry.train GRAPH --plugin docs/step_time.py --set Plotting.record_frequency=5

The time is the median over the intervals between two records, the first of which is left out: it traces the network.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from registry import Callback, hookimpl


class Watch(Callback):
    """Looks at the clock at every record."""

    def __init__(self) -> None:
        self.looks: list[tuple[int, float]] = []

    def on_record(self, run: Any, metrics: dict[str, float]) -> None:
        """Note the step and the processor time."""
        self.looks.append((run.step, time.process_time()))

    def on_end(self, run: Any, status: str) -> None:
        """Print the time of a step."""
        pairs = zip(self.looks[1:], self.looks[2:], strict=False)
        taken = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairs]
        print(f"seconds a step: {statistics.median(taken)}")


@hookimpl
def training_callbacks(run: Any) -> list[Callback]:
    """Watch the clock."""
    return [Watch()]
