"""What monitors remember from look to look: a run that is resumed finds what the uninterrupted one would have found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from registry.training.strategies.strategy import Strategy

if TYPE_CHECKING:
    import numpy as np

    from registry.training.monitors import MonitorRunner
    from registry.training.run import Run


class MonitorMemories(Strategy):
    """The memories of all monitors, as checkpoints keep them."""

    name = "monitors"

    def __init__(self, run: Run, monitors: MonitorRunner) -> None:
        super().__init__(run)
        self._monitors = monitors
        self._names: Mapping[str, Sequence[str]] = {}

    @property
    def variables(self) -> Sequence[Any]:
        """The arrays of one monitor after the other's."""
        return [value for memory in self._monitors.memories().values() for value in memory.values()]

    def facts(self) -> Mapping[str, Any]:
        """Return the names of those arrays, by monitor."""
        return {node: list(memory) for node, memory in self._monitors.memories().items()}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Note the names of the arrays that follow."""
        self._names = facts

    def take(self, values: Sequence[np.ndarray]) -> None:
        """Give the monitors their memories back."""
        rest = iter(values)
        for node, names in self._names.items():
            self._monitors.remember(node, dict(zip(names, islice(rest, len(names)), strict=True)))
