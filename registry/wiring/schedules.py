"""The schedules that stages name: found, checked, and made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from registry.configuration.options import Stage
from registry.configuration.parameters import validate
from registry.contract.errors import InputError, Origin, Problem, Problems
from registry.contract.failures import PluginFault, call, wrong_result
from registry.contract.schedule import Schedule
from registry.contract.spelling import did_you_mean
from registry.language.value import Value, value_of
from registry.loading.hook_calls import passed_on
from registry.wiring.asking import made

if TYPE_CHECKING:
    from registry.loading.blocks import Registry

NAME = "schedule"
"""The key that names the block; all others of a schedule are its parameters."""

PLACES = 101
"""Places of a stage at which a schedule is asked when it is checked."""


def check_schedules(stages: Sequence[Stage], registry: Registry, problems: Problems) -> None:
    """Report schedules that are none, their wrong parameters, and values that are no rates."""
    for index, stage in enumerate(stages):
        for path in scheduled(stage):
            where = f"Training.{index}.{'.'.join(path)}"
            made_schedule(stage.value.nearest(path), where, registry, problems)
        mapping = stage.value.data if isinstance(stage.value.data, dict) else {}
        if ["learning_rate"] in list(scheduled(stage)) and "final_learning_rate" in mapping:
            message = f"Training.{index}.final_learning_rate: the schedule of the learning rate says where it ends"
            problems.error(message, mapping["final_learning_rate"].origin, hint="write `final` in the schedule")


def scheduled(stage: Stage) -> Iterator[list[str]]:
    """Yield where a stage has a schedule: the path of each."""
    mapping: Mapping[str, Value] = stage.value.data if isinstance(stage.value.data, dict) else {}
    if "learning_rate" in mapping and isinstance(mapping["learning_rate"].data, dict):
        yield ["learning_rate"]
    weights = mapping["loss_weights"].data if "loss_weights" in mapping else {}
    for selector, written in weights.items() if isinstance(weights, dict) else ():
        if isinstance(written.data, dict):
            yield ["loss_weights", selector]


def made_schedule(written: Value, where: str, registry: Registry, problems: Problems) -> Schedule | None:
    """Return the schedule that is written; None if something is wrong with it (reported at its place)."""
    kind = _kind(written, where, registry, problems)
    if kind is None:
        return None
    rest = {key: item for key, item in written.mapping.items() if key != NAME}
    params = validate(kind.Params, Value(rest, written.origin, written.keys), where, problems, kind.name)
    if params is None:
        return None
    provider = registry.provider(kind.name)
    try:
        asked = made(kind, params, provider)
        complaints = asked.complaints()
        for complaint in complaints:
            place = written.nearest([complaint.parameter]).origin
            problems.error(f"{where}: {complaint.message}", place, hint=complaint.hint)
        if complaints or not isinstance(asked.block, Schedule):
            return None
        _check_values(asked.block, provider)
    except PluginFault as fault:
        problems.error(fault.problem.message, _used(fault.problem, written.origin), hint=fault.problem.hint)
        return None
    return asked.block


def _kind(written: Value, where: str, registry: Registry, problems: Problems) -> type[Schedule] | None:
    named = written.mapping.get(NAME)
    if named is None or not isinstance(named.data, str):
        got = f"received {named.received()}" if named else f"received {written.received()}"
        message = f"{where}: expected a schedule by its name, {{{NAME}: NAME, ...}}, {got}"
        problems.error(message, named.origin if named else written.origin, hint=_listing(_schedules(registry)))
        return None
    kind = registry.blocks.get(named.data)
    if kind is not None and issubclass(kind, Schedule):
        return kind
    if not registry.incomplete:
        known = _schedules(registry)
        hint, listing = did_you_mean(named.data, known), _listing(known)
        message = f"{where}: there is no schedule {named.data!r}"
        problems.error(message, named.origin, hint=f"{hint}   ({listing})" if hint else listing)
    return None


def _schedules(registry: Registry) -> list[str]:
    return sorted(name for name, block in registry.blocks.items() if issubclass(block, Schedule))


def _listing(known: list[str]) -> str:
    return f"schedules: {', '.join(known)}"


def _check_values(schedule: Schedule, provider: str) -> None:
    """Raise PluginFault if the schedule fails, or says what is no rate."""
    for place in range(PLACES):
        value_at(schedule, place / (PLACES - 1), {}, provider)


def value_at(schedule: Schedule, progress: float, state: Mapping[str, float], provider: str = "") -> float:
    """Return what a schedule says at a place of a stage; raise PluginFault if it fails or that is no number >= 0."""
    subject = f"schedule {schedule.name!r}" + (f" of the plugin {provider!r}" if provider else "")
    what, expected = f"value() at {progress:.2f} of the stage", "a finite number, 0 or more"
    found: Any = call(subject, what, lambda: schedule.at(progress, state), expected)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < math.inf:
        raise wrong_result(subject, schedule.value, what, found, expected)
    return float(found)


def _used(problem: Problem, place: Origin) -> Origin:
    return problem.origin.used_at(place) if problem.origin else place


def schedule_of(written: Any, registry: Registry, final: float | None = None) -> Schedule:
    """Return the schedule that a stage's options state: a block, a number, or one with what it falls to along a cosine.

    Raises InputError for what the check would have refused.
    """
    if not isinstance(written, Mapping):
        name = "constant" if final is None else "cosine"
        written = {NAME: name, "peak": float(written)} | ({} if final is None else {"final": final})
    problems = Problems()
    found = made_schedule(value_of(dict(written), Origin("Training")), "Training", registry, problems)
    if found is None:
        raise InputError(problems)
    return found


def learning_rate_of(stage: Stage, index: int, registry: Registry) -> Schedule:
    """Return the schedule of the learning rate of a stage, counted from 0, as `stated_or_put`."""
    return stated_or_put(stage, index, registry)[0]


def stated_or_put(stage: Stage, index: int, registry: Registry) -> tuple[Schedule, str]:
    """Return the schedule that a stage, counted from 0, states, or that a plugin puts in its place, and which plugin.

    Raises InputError for what the check would have refused, PluginFault for a plugin that fails.
    """
    stated = schedule_of(stage.options.learning_rate, registry, stage.options.final_learning_rate)
    found: Schedule
    found, by = passed_on(registry, "schedule_made", "schedule", _no_schedule, stage=index, schedule=stated)
    if by is not None:
        _check_values(found, by.subject.removeprefix("plugin "))
    return found, by.subject if by else ""


def check_made_schedules(stages: Sequence[Stage], registry: Registry, problems: Problems) -> None:
    """Report what is wrong with the schedules that plugins put in the place of others."""
    if not registry.hook.schedule_made.get_hookimpls():
        return
    for index, stage in enumerate(stages):
        try:
            learning_rate_of(stage, index, registry)
        except InputError as error:
            for problem in error.problems:
                problems.add(problem)
        except PluginFault as fault:
            problems.error(fault.problem.message, _used(fault.problem, stage.value.origin), hint=fault.problem.hint)


def _no_schedule(value: object) -> str:
    return "" if isinstance(value, Schedule) else "a registry.Schedule, or nothing to keep the one given"
