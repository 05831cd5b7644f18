"""Variants of a graph: what each lays over it, whether it can be trained, what it costs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry.configuration.options import Options
from registry.contract.errors import InputError, Origin, Problem, Problems
from registry.language.one_line import one_line
from registry.sweeping.axes import Axis, Range
from registry.sweeping.request import ABLATED, Request
from registry.tracking.addresses import check_address
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.costs import Costs, Load, costs
from registry.wiring.learning import check_training
from registry.wiring.opening import require_trainable

MOST = 64
"""So many of the variants that a sampler may draw are checked before the first starts; every value is by itself."""

MOST_POINTS = 10_000
"""Variants of which a grid may have no more."""

MOST_FAULTS = 5
"""Variants that are refused, after which no other one is checked."""

Assignment = Mapping[str, Any]
"""The values of a variant by path."""


@dataclass(frozen=True)
class Variant:
    """A variant that can be trained, and what its largest batch costs."""

    assignment: Assignment
    checked: CheckedGraph
    options: Options
    costs: Costs

    @property
    def epochs(self) -> int:
        """Epochs of a training; 0 where its length is not measured in them."""
        lengths = [stage.options.epochs for stage in self.options.stages]
        return sum(length for length in lengths if length) if all(lengths) else 0


def settings_of(assignment: Assignment) -> list[str]:
    """Return what `--set` lays over the graph for a variant; nothing for an option that keeps what it has."""
    return [f"{path}={one_line(value)}" for path, value in assignment.items() if value != ()]


def count(axes: Sequence[Axis]) -> int | None:
    """Return how many variants there are, None if they cannot be counted."""
    counts = [axis.count() for axis in axes]
    known = [number for number in counts if number is not None]
    return math.prod(known) if len(known) == len(counts) else None


def grid(axes: Sequence[Axis]) -> list[dict[str, Any]] | None:
    """Return all variants, None if they cannot be counted, or are more than `MOST_POINTS`."""
    number = count(axes)
    if number is None or number > MOST_POINTS:
        return None
    points = [axis.points() or [] for axis in axes]
    return [dict(zip((axis.path for axis in axes), values, strict=True)) for values in itertools.product(*points)]


def combinations(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """Yield some of the variants that are drawn: of lists all values, of ranges the ends and something between.

    Of more than `MOST` they are the first and the last values of all axes, every one of the others having been checked
    by itself.
    """
    values = [axis.samples() for axis in axes]
    if math.prod(map(len, values)) > MOST:
        values = [[item[0], item[-1]] for item in values]
    for found in itertools.islice(itertools.product(*values), MOST):
        yield dict(zip((axis.path for axis in axes), found, strict=True))


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
    places = dict(_places(assignment, axes))
    for problem in found:
        problems.add(_placed(problem, places, assignment))
    if found.errors or checked is None or options is None:
        return None
    hits = max((stage.options.batch_size for stage in options.stages), default=1)
    return Variant(assignment, checked, options, costs(checked, Load(hits, 1)))


def _places(assignment: Assignment, axes: Sequence[Axis]) -> Iterator[tuple[str, Origin]]:
    """Yield the settings of a variant with where each was asked for."""
    for axis in axes:
        value = assignment.get(axis.path, ())
        # What is left out has an argument for each.
        typed = axis.path == ABLATED and not axis.origin.line and value
        origin = Origin(f"--ablate {','.join(value)}") if typed else axis.origin
        yield from ((f"--set {setting}", origin) for setting in settings_of({axis.path: value}))


def _placed(problem: Problem, places: Mapping[str, Origin], assignment: Assignment) -> Problem:
    """Return a problem that names the place where a value of a variant was written, not the setting it became."""
    origin = problem.origin
    if origin is None or origin.file not in places:
        return (
            replace(problem, hint=f"{problem.hint}\nin the variant {said(assignment)}".strip()) if places else problem
        )
    place = places[origin.file]
    setting = origin.file.removeprefix("--set ")
    several = f"\nin the variant {said(assignment)}" if len(assignment) > 1 else ""
    return replace(
        problem, origin=place, message=f"{setting}: {problem.message}", hint=(problem.hint + several).strip()
    )


def said(assignment: Assignment) -> str:
    """Return the values of a variant in one line."""
    return ", ".join(settings_of(assignment)) or "with nothing changed"


def check_variants(request: Request, points: Sequence[Assignment] | None) -> list[Variant]:
    """Return the variants of a grid, or those that `combinations` names; raises InputError with all that is wrong.

    Every value is looked at by itself first, each mistake is said once. Warnings of the first variant are in its
    checked graph.
    """
    problems, axes = Problems(), request.all_axes
    for axis in axes:
        for fault in _faults(request, axis):
            problems.add(fault)
    problems.raise_if_any()
    found = []
    for assignment in combinations(axes) if points is None else points:
        variant = opened(request, assignment, axes, problems)
        found += [variant] if variant else []
        if len(problems.errors) >= MOST_FAULTS:
            break
    problems.raise_if_any()
    found[0].checked.warnings = problems.warnings
    return found


def _faults(request: Request, axis: Axis) -> Iterator[Problem]:
    """Yield what is wrong with the values of one axis; of a range, and of a path that is none, once."""
    known = set()
    for value in axis.samples():
        problems = Problems()
        opened(request, {axis.path: value}, [axis], problems)
        for problem in problems.errors:
            said = problem.message.partition(": ")[2] or problem.message
            if said not in known:
                known.add(said)
                yield problem
        if problems.errors and isinstance(axis, Range):
            return
