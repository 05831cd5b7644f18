"""Declares the schedule that stays the same."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import param
from registry.contract.schedule import Schedule, ScheduleParams, State


class Constant(Schedule):
    """Stays the same: `value(p) = peak`."""

    name: ClassVar[str] = "constant"
    examples = ({"peak": 0.1},)

    class Params(ScheduleParams):
        """The value."""

        peak: float = param(..., "the value", ge=0)

    def value(self, progress: float, state: State) -> float:
        return float(self.params.peak)


BLOCKS = (Constant,)
