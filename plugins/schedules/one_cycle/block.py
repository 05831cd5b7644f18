"""Declares the schedule of one cycle."""

from __future__ import annotations

import math
from typing import ClassVar

from registry.contract.block import param
from registry.contract.schedule import Schedule, ScheduleParams, State


class OneCycle(Schedule):
    """Rises along half a cosine from `initial` to `peak` in the share `warm_up` of the stage, then falls to `final`.

    `initial` is by default `peak / 25`, `final` is `peak / 10^4`. Source: L. N. Smith and N. Topin, arXiv:1708.07120,
    with the two cosines of fastai and PyTorch (OneCycleLR); the momentum stays as it is.
    """

    name: ClassVar[str] = "one_cycle"
    examples = ({"peak": 0.1},)

    class Params(ScheduleParams):
        """The top of the cycle, and its ends."""

        warm_up: float = param(0.3, "share of the stage in which the value rises", ge=0, lt=1)
        initial: float | None = param(None, "value at the start of the stage; null for peak / 25", ge=0)
        peak: float = param(..., "the largest value", ge=0)
        final: float | None = param(None, "value at the end of the stage; null for peak / 10000", ge=0)

    def value(self, progress: float, state: State) -> float:
        peak = self.params.peak
        return _between(peak, peak / 1e4 if self.params.final is None else self.params.final, progress)

    def at(self, progress: float, state: State) -> float:
        length, peak = self.params.warm_up, self.params.peak
        if progress >= length:
            return self.value((progress - length) / (1 - length), state)
        return _between(peak / 25 if self.params.initial is None else self.params.initial, peak, progress / length)


def _between(start: float, end: float, share: float) -> float:
    """Return what lies at a share (0 to 1) of half a cosine between two values."""
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * share))


BLOCKS = (OneCycle,)
