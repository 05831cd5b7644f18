"""Declares the schedule that falls by equal factors."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import param
from registry.contract.schedule import Schedule, ScheduleParams, State


class Exponential(Schedule):
    """Falls (or rises) by equal factors in equal times: `value(p) = peak (final / peak)^p`."""

    name: ClassVar[str] = "exponential"
    examples = ({"peak": 0.1, "final": 0.01},)

    class Params(ScheduleParams):
        """Where it begins and ends."""

        peak: float = param(..., "value at the start, after the warm-up", gt=0)
        final: float = param(..., "value at the end of the stage", gt=0)

    def value(self, progress: float, state: State) -> float:
        return float(self.params.peak * (self.params.final / self.params.peak) ** progress)


BLOCKS = (Exponential,)
