"""Says in what a training differs from the run that it repeats, `train run:ID`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from registry.configuration.options import Options
from registry.contract.errors import InputError, Problem
from registry.tracking.runs import Runs
from registry.training.differences import Differences
from registry.training.finding import find_checkpoint
from registry.training.identity import Identity

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph

REPEATS = "repeats.run"
"""The tag that names the run that another one repeats."""


@dataclass(frozen=True)
class Repeated:
    """The run whose graph is trained again: its identifier, its identity, and in what this training differs from it."""

    id: str
    made: Identity
    differences: list[Problem]


def repeated(checked: CheckedGraph, options: Options, now: Identity) -> Repeated | None:
    """Return what is known of the run that a graph was opened from; None for a graph of files."""
    if not checked.address:
        return None
    try:
        saved = find_checkpoint(checked.address, Runs.known_to(checked)).saved
    except InputError as error:
        reason = error.problems[0].message
        problem = Problem(f"in what this training differs from the run is not known: {reason}", severity="warning")
        return Repeated("", now, [problem])
    found = Differences(saved.identity, now, saved.position, checked, options, "").find()
    differences = [replace(problem, severity="warning") for problem in found]
    return Repeated(saved.made_by.id, saved.identity, differences)
