"""Variants of a graph: what each lays over it, whether it can be trained, what it costs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry.configuration.options import Options
from registry.contract.errors import InputError, Origin, Problem, Problems
from registry.language.one_line import one_line
from registry.sweeping.axes import Axis
from registry.sweeping.request import Request
from registry.tracking.addresses import check_address
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.costs import Costs, Load, costs
from registry.wiring.learning import check_training
from registry.wiring.opening import require_trainable

MOST = 200
"""So many variants are checked each by itself; of more, every value of every axis."""

Assignment = Mapping[str, Any]
"""The values of a variant by path."""


@dataclass(frozen=True)
class Variant:
    """A variant that can be trained, and what its largest batch costs."""

    assignment: Assignment
    checked: CheckedGraph
    options: Options
    costs: Costs


def settings_of(assignment: Assignment) -> list[str]:
    """Return what `--set` lays over the graph for a variant; nothing for an option that keeps what it has."""
    return [f"{path}={one_line(value)}" for path, value in assignment.items() if value != ()]


def grid(axes: Sequence[Axis]) -> list[dict[str, Any]] | None:
    """Return all variants, None if they cannot be counted."""
    points = [axis.points() for axis in axes]
    if any(item is None for item in points):
        return None
    return [
        dict(zip((axis.path for axis in axes), values, strict=True))
        for values in itertools.product(*(item for item in points if item is not None))
    ]


def samples(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """Yield the variants that are checked before anything starts: of ranges the ends, and something between."""
    values = [axis.samples() for axis in axes]
    count = 1
    for item in values:
        count *= len(item)
    paths = [axis.path for axis in axes]
    if count <= MOST:
        for found in itertools.product(*values):
            yield dict(zip(paths, found, strict=True))
        return
    first = {path: item[0] for path, item in zip(paths, values, strict=True)}
    yield first
    for path, item in zip(paths, values, strict=True):
        for value in item[1:]:
            yield {**first, path: value}
    yield {path: item[-1] for path, item in zip(paths, values, strict=True)}


def opened(request: Request, assignment: Assignment, axes: Sequence[Axis], problems: Problems) -> Variant | None:
    """Return a variant, None if it cannot be trained; what is wrong with it stands where its values were written."""
    sets = settings_of(assignment)
    found = Problems()
    checked: CheckedGraph | None = None
    options: Options | None = None
    try:
        checked = check_address(request.graph, request.configs, [*request.sets, *sets], request.plugins, found)
        options = check_training(checked, found)
        require_trainable(checked, found)
    except InputError as error:
        for problem in error.problems:
            found.add(problem)
    places = {f"--set {item}": axis.origin for axis in axes for item in sets if item.startswith(f"{axis.path}=")}
    for problem in found:
        problems.add(_placed(problem, places, assignment))
    if found.errors or checked is None or options is None:
        return None
    hits = max((stage.options.batch_size for stage in options.stages), default=1)
    return Variant(assignment, checked, options, costs(checked, Load(hits, 1)))


def _placed(problem: Problem, places: Mapping[str, Origin], assignment: Assignment) -> Problem:
    """Return a problem that names the place where a value of a variant was written, not the setting it became."""
    origin = problem.origin
    if origin is None or origin.file not in places:
        return problem
    place = places[origin.file]
    setting = origin.file.removeprefix("--set ")
    several = f"\nin the variant {said(assignment)}" if len(assignment) > 1 else ""
    return replace(problem, origin=place, message=f"{setting}: {problem.message}", hint=problem.hint + several)


def said(assignment: Assignment) -> str:
    """Return the values of a variant in one line."""
    return ", ".join(settings_of(assignment)) or "with nothing changed"


def check_variants(request: Request) -> list[Variant]:
    """Return the variants that `samples` names; raises InputError with all that is wrong, each mistake once.

    Warnings of the first one are in its checked graph.
    """
    problems = Problems()
    found = []
    for assignment in samples(request.all_axes):
        variant = opened(request, assignment, request.all_axes, problems)
        found += [variant] if variant else []
    problems.raise_if_any()
    found[0].checked.warnings = problems.warnings
    return found
