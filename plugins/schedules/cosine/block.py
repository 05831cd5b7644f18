"""Declares the schedule that falls along a cosine."""

from __future__ import annotations

import math
from typing import ClassVar

from registry.contract.block import param
from registry.contract.schedule import Schedule, ScheduleParams, State


class Cosine(Schedule):
    """Falls (or rises) along half a cosine: `value(p) = final + (peak - final) (1 + cos(pi p)) / 2`.

    Source: I. Loshchilov and F. Hutter, arXiv:1608.03983, without restarts.
    """

    name: ClassVar[str] = "cosine"
    examples = ({"peak": 0.1, "final": 0.01, "warm_up": 0.2},)

    class Params(ScheduleParams):
        """Where it begins and ends."""

        peak: float = param(..., "value at the start, after the warm-up", ge=0)
        final: float = param(0.0, "value at the end of the stage", ge=0)

    def value(self, progress: float, state: State) -> float:
        final, start = self.params.final, self.params.peak
        return float(final + (start - final) * 0.5 * (1 + math.cos(math.pi * progress)))


BLOCKS = (Cosine,)
