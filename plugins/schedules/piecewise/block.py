"""Declares the schedule of steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import ClassVar

from registry.contract.block import Complaint, param
from registry.contract.schedule import Schedule, ScheduleParams, State


class Piecewise(Schedule):
    """Is constant between boundaries: `value(p) = values[number of boundaries <= p]`."""

    name: ClassVar[str] = "piecewise"
    examples = ({"values": [0.1, 0.01], "boundaries": [0.5]},)

    class Params(ScheduleParams):
        """The steps."""

        values: list[float] = param(..., "the values, one after the other", min_length=1)
        boundaries: list[float] = param(..., "where each value but the first begins: shares of the stage, rising")

    def check(self) -> Iterator[Complaint]:
        values, boundaries = self.params.values, self.params.boundaries
        if any(value < 0 for value in values):
            yield Complaint(f"expected values of 0 or more, received {values}", "values")
        if len(boundaries) != len(values) - 1:
            message = f"{len(values)} values have {len(values) - 1} boundaries, received {len(boundaries)}"
            yield Complaint(message, "boundaries", "each value but the first begins at a boundary")
        if any(not 0 < place < 1 for place in boundaries) or boundaries != sorted(set(boundaries)):
            message = f"expected shares of the stage between 0 and 1, rising; received {boundaries}"
            yield Complaint(message, "boundaries", "0.5 is the middle of the stage")

    def value(self, progress: float, state: State) -> float:
        return float(self.params.values[bisect_right(self.params.boundaries, progress)])


BLOCKS = (Piecewise,)
