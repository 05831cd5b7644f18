"""What a sweep will do, all of it checked before anything starts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from registry.comparing.direction import Direction, direction_of
from registry.configuration.options import LONGEST_EXPERIMENT, Options
from registry.contract.errors import InputError, Problem, Problems
from registry.contract.monitor_block import after_epochs
from registry.contract.spelling import did_you_mean
from registry.language.one_line import one_line
from registry.sweeping.axes import Axis, Choices, is_same_option
from registry.sweeping.request import Request, check_request
from registry.sweeping.storage import require_optuna
from registry.sweeping.variants import MOST_POINTS, Variant, check_variants, count, grid, opened, said
from registry.tracking.names import study_of
from registry.training.several import SEED_OPTION, SEEDS_OPTION, seeds_of
from registry.wiring.digest import digest
from registry.wiring.fingerprints import fingerprints

TRIALS = 20
"""Variants that are trained where they cannot be counted, and nobody has said how many."""

FAMILIES = ("train", "epoch", "validation", "run", "data")
"""How the names of metrics begin that every training records."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*\Z")


@dataclass(frozen=True)
class Plan:
    """What a sweep will do.

    `variants`: those that were checked; `base`: the graph with nothing varied; `points`: all variants of a grid, None
    where a sampler draws them; `target`: how many trials there will be. `declaration`: what the study is of.
    """

    request: Request
    base: Variant
    variants: Sequence[Variant]
    seeds: Sequence[int]
    sampler: str
    points: Sequence[Mapping[str, Any]] | None
    target: int
    direction: Direction
    study: str
    declaration: Mapping[str, Any]

    @property
    def axes(self) -> list[Axis]:
        """What is varied."""
        return self.request.all_axes

    @property
    def options(self) -> Options:
        """The options of the graph with nothing varied."""
        return self.base.options

    @property
    def memory(self) -> int:
        """Bytes of the largest variant's training step, after the plan."""
        return max(item.costs.training_memory for item in self.variants)


def plan(request: Request) -> Plan:
    """Check a sweep; raises InputError with all that is wrong with it."""
    problems = Problems()
    check_request(request, problems)
    axes = request.all_axes
    _check_axes(axes, problems)
    problems.raise_if_any()
    points = grid(axes)
    sampler = _sampler(request, points)
    require_optuna(sampler)
    points = points[: request.trials] if points is not None and sampler == "grid" else None
    base = opened(request, {}, (), problems)
    problems.raise_if_any()
    assert base is not None
    variants = check_variants(request, points)
    base.checked.warnings = list({str(item): item for item in (*problems.warnings, *_warnings(variants))}.values())
    for variant in (base, *variants):
        _check_metric(request, variant)
    drawn = request.trials or TRIALS
    target = len(points) if points is not None else min(drawn, count(axes) or drawn)
    seeds = list(seeds_of(base.options, request.seeds)) or [base.options.general.seed]
    direction = _direction(request)
    declaration = {
        "graph": base.checked.expanded.name,
        **{f"fingerprint.{name}": value for name, value in asdict(fingerprints(base.checked)).items()},
        "over": {axis.path: axis.text() for axis in axes},
        "seeds": seeds,
        "metric": request.metric,
        "direction": direction,
    }
    study = _study(request, base, declaration)
    return Plan(_watching(request, base), base, variants, seeds, sampler, points, target, direction, study, declaration)


def _warnings(variants: Sequence[Variant]) -> list[Problem]:
    return variants[0].checked.warnings


def _check_axes(axes: Sequence[Axis], problems: Problems) -> None:
    """Report that nothing is varied, what is no variant, and options that two axes change."""
    if not axes:
        problems.error("nothing is varied", hint="--over PATH=VALUES, --ablate NODE, or a file that says it")
    for number, axis in enumerate(axes):
        if any(is_same_option(axis.path, option) for option in (SEED_OPTION, SEEDS_OPTION)):
            problems.error("seeds are no variants of a graph", axis.origin, hint="--seeds 3 trains each with several")
        for other in axes[:number]:
            if is_same_option(axis.path, other.path):
                message = f"{axis.path} is varied twice: {other.origin} changes it, too"
                problems.error(message, axis.origin, hint="all its values in one axis, or other entries of the list")


def _sampler(request: Request, points: object) -> str:
    """Return what chooses the variants: without a word all of them where they can be counted, else TPE."""
    if request.sampler == "grid" and points is None:
        hint = f"a list of values, a step (0..1:0.25), or --trials {TRIALS} --sampler random"
        number = count(request.all_axes)
        if number is not None:
            message = f"a grid of {number:,} variants: {MOST_POINTS:,} are the most"
            raise InputError([Problem(message, request.place("sampler"), hint=hint)])
        endless = [axis for axis in request.all_axes if axis.count() is None]
        message = "a grid has all values, which cannot be counted here"
        found = [Problem(f"{axis.path}: {message}: {axis.text()}", axis.origin, hint=hint) for axis in endless]
        raise InputError(found)
    if request.sampler == "cmaes" and any(isinstance(axis, Choices) for axis in request.all_axes):
        message, hint = "cmaes takes ranges only, received a list", "--sampler tpe takes both"
        listed = [axis for axis in request.all_axes if isinstance(axis, Choices)]
        raise InputError([Problem(f"{axis.path}: {message}", axis.origin, hint=hint) for axis in listed])
    return request.sampler or ("grid" if points is not None and not request.trials else "tpe")


def _direction(request: Request) -> Direction:
    if request.direction in ("min", "max"):
        return "max" if request.direction == "max" else "min"
    found = direction_of(request.metric)
    if found is None:
        message = f"whether less or more of the metric {request.metric!r} is better is not known"
        raise InputError([Problem(message, request.place("metric"), hint="--direction min, or --direction max")])
    return found


def _check_metric(request: Request, variant: Variant) -> None:
    """Report a metric that no training of a variant can record, as far as the beginning of its name says it."""
    checked = variant.checked
    monitors = [path for path, node in checked.nodes.items() if node.block.kind == "monitor"]
    family = request.metric.rpartition("/")[0]
    known = [*FAMILIES, *monitors]
    if family.partition("/")[0] in known or family in known:
        return
    listing = f"names begin with {', '.join(FAMILIES)}, or a monitor: {', '.join(monitors) or 'the graph has none'}"
    hint = did_you_mean(family or request.metric, known) or listing
    which = f" {said(variant.assignment)}" if variant.assignment else ""
    message = f"no training of {checked.expanded.name}{which} records a metric {request.metric!r}"
    raise InputError([Problem(message, request.place("metric"), hint=hint)])


def _watching(request: Request, base: Variant) -> Request:
    """Return the request with the monitor that pruning goes by looking after each epoch."""
    nodes = [path for path, node in base.checked.nodes.items() if after_epochs(node.block)]
    found = [path for path in nodes if request.metric.startswith(f"{path}/")]
    if not request.prune or not found:
        return request
    watch = dict.fromkeys([*base.options.plotting.watch, *found])
    return replace(request, sets=[*request.sets, f"Plotting.watch={one_line(list(watch))}"])


def _study(request: Request, base: Variant, declaration: Mapping[str, Any]) -> str:
    """Return the name of the study: as given, as the graph's options say, or else by what it is of."""
    name = request.study or study_of(base.checked, base.options)
    if not name:
        return f"{base.checked.expanded.name}-{digest([declaration])[:8]}"
    if not _NAME.match(name) or len(name) > LONGEST_EXPERIMENT // 2:
        message = f"expected the name of a study, received {name!r}"
        hint = "letters, digits, '_', '-' and '.', a letter or a digit first: folders are called like it"
        raise InputError([Problem(message, request.place("study"), hint=hint)])
    return name
