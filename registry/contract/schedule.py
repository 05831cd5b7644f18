"""What a schedule is: a value, such as a learning rate, that changes along a stage of training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.block import Block, Kind
from registry.contract.parameters import BlockParams, param

State = Mapping[str, float]
"""What a schedule remembers from epoch to epoch; checkpoints keep it."""


class ScheduleParams(BlockParams):
    """What every schedule has: it may begin with a warm-up."""

    warm_up: float = param(
        0.0, "share of the stage in which the value rises in a line to what the schedule begins with", ge=0, lt=1
    )
    initial: float | None = param(
        None, "value at the start of the warm-up; null for a hundredth of what it rises to", ge=0
    )


class Schedule(Block):
    """A block that says a value at every place of a stage: it is named in a stage of the configuration, not in a graph.

    With a warm-up the schedule itself runs through the part of the stage that is left.
    """

    kind: ClassVar[Kind] = "schedule"

    class Params(ScheduleParams):
        """A schedule without parameters of its own."""

    @property
    def watched(self) -> str:
        """The name of the metric that `observe` is told; empty for a schedule that depends on none."""
        return ""

    def value(self, progress: float, state: State) -> float:
        """Return the value after a share `progress` (0 to 1) of what follows the warm-up; finite, 0 or more."""
        raise NotImplementedError(f"schedule {self.name!r} does not define value()")

    def observe(self, metric: float, state: State) -> State:
        """Return the state after an epoch in which the watched metric had this value; the first state is empty."""
        return state

    def at(self, progress: float, state: State) -> float:
        """Return the value after a share of the stage (0 to 1), warm-up included."""
        length = self.params.warm_up
        if progress >= length:
            return self.value((progress - length) / (1 - length), state)
        top = self.value(0.0, state)
        bottom = top / 100 if self.params.initial is None else self.params.initial
        return float(bottom + (top - bottom) * progress / length)
