"""A schedule's values are finite and 0 or more, the same for the same place, and begin where its warm-up does."""

from __future__ import annotations

import json
import math

from registry.contract.schedule import Schedule
from registry.testing.broken import Broken
from registry.testing.law import SCHEDULES, law
from registry.testing.subject import Subject

PLACES = [step / 40 for step in range(41)]


@law("values along a stage", SCHEDULES, "compute the value of `progress` and `state` alone, and bound it by 0")
def check(subject: Subject) -> None:
    """Follow it along a stage, in which what it watches becomes better and stays."""
    block, again = subject.block, subject.fresh()
    assert isinstance(block, Schedule)
    assert isinstance(again, Schedule)
    state: dict[str, float] = {}
    for place in PLACES:
        value = block.at(place, state)
        if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise Broken(f"a finite number, 0 or more, at {place:.0%} of a stage", repr(value))
        if again.at(place, state) != value:
            raise Broken(f"{value:g} at {place:.0%} of a stage from the same state", again.at(place, state))
        if block.watched:
            state = dict(block.observe(max(0.1, 1 - 10 * place), state))
            if json.loads(json.dumps(state)) != state:
                raise Broken("a state that a checkpoint can keep", state)
    if block.params.warm_up and block.params.initial is not None and block.at(0.0, {}) != block.params.initial:
        raise Broken(f"{block.params.initial} at the start of the warm-up", block.at(0.0, {}))
