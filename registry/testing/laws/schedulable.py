"""A parameter that a training stage may change takes effect: the layer computes as one that was made with the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from registry.contract.block import has_mark
from registry.testing.broken import Broken
from registry.testing.comparing import require_same
from registry.testing.law import PARTS, law
from registry.testing.running import Running
from registry.testing.subject import Subject

SIZES = [12, 5]


def _unless(subject: Subject) -> str:
    return "" if _marked(subject) else "it has no schedulable parameters"


@law(
    "schedulable parameters",
    PARTS,
    "read the parameter as `self.NAME` in call(), not once in setup() or build()",
    those="and has such parameters",
    unless=_unless,
)
def check(subject: Subject) -> None:
    """Change such parameters of a layer, and compare with a layer made anew, and with the layer as it was."""
    marked = _marked(subject)
    try:
        _compare(subject, {parameter: values[0] for parameter, values in marked.items()})
    except (Broken, ValidationError):
        # Which one it is, or whether they do not go together.
        for parameter, values in marked.items():
            _compare(subject, {parameter: values[0]})
    idle = list(marked)
    for tried in _tried(subject):
        idle = _without_effect(tried, idle) if idle else []
    if idle:
        others = " or ".join(map(repr, marked[idle[0]]))
        raise Broken(f"other outputs, gradients or weights with {idle[0]} = {others}", "the same")


def _compare(subject: Subject, changes: Mapping[str, Any]) -> None:
    """Raise Broken unless a layer whose parameters were changed is as one that was made with them."""
    values = subject.values(SIZES)
    changed, made = _called(subject.new(), values), _called(subject.new(**changes), values)
    made.layer.set_weights(changed.layer.get_weights())
    for parameter, value in changes.items():
        changed.layer.schedule(parameter, value)
    for training in (None, True):
        what = f"with {', '.join(f'{name} = {value!r}' for name, value in changes.items())} set between two stages"
        require_same(_plain(changed, values, training), _plain(made, values, training), what)


def _called(run: Running, values: Any) -> Running:
    """Call a layer before another one is made: what it draws when it is built comes from the seed of both."""
    run(values)
    return run


def _without_effect(subject: Subject, parameters: Sequence[str]) -> list[str]:
    """Return those parameters of which another value changes nothing."""
    values, run, others = subject.values(SIZES), subject.new(), _marked(subject)
    run(values)
    weights = run.layer.get_weights()

    def result(gradients: bool, training: bool | None) -> dict[str, Any]:
        run.layer.set_weights(weights)
        return _plain(run, values, training) if gradients else {**run(values, training), **_weights(run)}

    idle = list(parameters)
    for gradients, training in ((False, None), (False, True), (True, None), (True, True)):
        as_it_was = result(gradients, training) if idle else {}
        for parameter in list(idle):
            before = getattr(subject.block.params, parameter)
            for value in others.get(parameter, []):
                run.layer.schedule(parameter, value)
                if _differ(result(gradients, training), as_it_was):
                    idle.remove(parameter)
                    break
            run.layer.schedule(parameter, before)
    return idle


def _differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return set(one) != set(other) or any(
        not np.array_equal(np.asarray(value), np.asarray(other[name]), equal_nan=True) for name, value in one.items()
    )


def _plain(run: Running, values: Any, training: bool | None) -> dict[str, Any]:
    total, by_input, by_weight = run.gradients(values, training)
    parts = {f"gradient by {path}": item for path, item in by_input.items()}
    parts |= {f"gradient by weight {number}": item for number, item in enumerate(by_weight.values())}
    return {"objective": total, **{path: item for path, item in parts.items() if item is not None}, **_weights(run)}


def _weights(run: Running) -> dict[str, Any]:
    return {f"weight {number}": item for number, item in enumerate(run.layer.get_weights())}


def _tried(subject: Subject) -> Iterator[Subject]:
    """Yield the block with its parameters and those of its examples, with all inputs and with those that it needs.

    Some parameters have an effect in some of these only.
    """
    for given in (subject.given, *(item for item in subject.kind.examples if item != subject.given)):
        yield from (Subject(subject.kind, given, optional) for optional in (True, False))


def _marked(subject: Subject) -> dict[str, list[Any]]:
    """Return other values of the schedulable parameters that have some."""
    found: dict[str, list[Any]] = {}
    for parameter, field in subject.kind.Params.model_fields.items():
        if has_mark(field, "schedulable"):
            for value in _others(getattr(subject.block.params, parameter)):
                try:
                    subject.fresh(**{parameter: value})
                except ValidationError:
                    continue
                found.setdefault(parameter, []).append(value)
    return found


def _others(now: Any) -> list[Any]:
    if isinstance(now, bool):
        return [not now]
    if isinstance(now, int):
        return [now + 1, now - 1]
    if isinstance(now, float):
        return [now + 0.37, now / 2, now - 0.37]
    return []
