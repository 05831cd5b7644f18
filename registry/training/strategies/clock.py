"""Counts what a stage has spent: steps of the optimiser, and time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from registry.training.lengths import CLOCK, Spent
from registry.training.strategies.strategy import Strategy

if TYPE_CHECKING:
    import keras

    from registry.configuration.options import Stage


class Clock(Strategy):
    """The steps that the optimiser has taken in a stage and, where the stage is measured in minutes, its seconds."""

    name = CLOCK

    def start_stage(self, stage: Stage, optimizer: keras.optimizers.Optimizer) -> None:
        """Begin at zero."""
        self.updates = 0
        self._timed = stage.options.minutes is not None
        self._before, self._since = 0.0, time.monotonic()

    def spent(self) -> Spent:
        """Return what the stage has spent until now, by the clock of rank 0."""
        spent = self.facts()
        return self.run.ranks.shared(spent) if self._timed else spent

    def facts(self) -> Spent:
        """Return what the stage has spent, by the clock of this process."""
        seconds = self._before + time.monotonic() - self._since if self._timed else 0.0
        return {"updates": self.updates, "seconds": seconds}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Go on counting."""
        self.updates, self._before, self._since = int(facts["updates"]), facts["seconds"], time.monotonic()
