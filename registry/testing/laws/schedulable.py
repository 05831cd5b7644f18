"""A parameter that a training stage may change takes effect: the layer computes as one that was made with the value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from registry.contract.block import has_mark
from registry.testing.comparing import require_same
from registry.testing.running import Running
from registry.testing.subject import Subject

name = "schedulable parameters"
slow = False

SIZES = [12, 5]


def applies(subject: Subject) -> str:
    """It applies to blocks with such parameters."""
    if not subject.has_layer:
        return "no part of a network"
    return "" if list(_marked(subject)) else "it has no schedulable parameters"


def check(subject: Subject) -> None:
    """Change each such parameter of a layer, and compare with a layer made anew."""
    values = subject.values(SIZES)
    for parameter, value in _marked(subject):
        changed, made = subject.new(), subject.new(**{parameter: value})
        for run in (changed, made):
            run(values)
        made.layer.set_weights(changed.layer.get_weights())
        changed.layer.schedule(parameter, value)
        for training in (None, True):
            what = f"with {parameter} = {value!r} set between two stages"
            require_same(_plain(changed, values, training), _plain(made, values, training), what)


def _plain(run: Running, values: Any, training: bool | None) -> dict[str, Any]:
    total, by_input, by_weight = run.gradients(values, training)
    parts = {f"gradient by {path}": item for path, item in by_input.items()}
    parts |= {f"gradient by weight {number}": item for number, item in enumerate(by_weight.values())}
    held = {f"weight {number}": item for number, item in enumerate(run.layer.get_weights())}
    return {"objective": total, **{path: item for path, item in parts.items() if item is not None}, **held}


def _marked(subject: Subject) -> Iterator[tuple[str, Any]]:
    """Yield the schedulable parameters that have another value, with one."""
    for parameter, field in subject.kind.Params.model_fields.items():
        if not has_mark(field, "schedulable"):
            continue
        now = getattr(subject.block.params, parameter)
        for value in _others(now):
            try:
                subject.fresh(**{parameter: value})
            except ValidationError:
                continue
            yield parameter, value
            break


def _others(now: Any) -> list[Any]:
    if isinstance(now, bool):
        return [not now]
    if isinstance(now, int):
        return [now + 1, now - 1]
    if isinstance(now, float):
        return [now + 0.37, now / 2, now - 0.37]
    return []
