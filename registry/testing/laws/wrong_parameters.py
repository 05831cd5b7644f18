"""A wrong parameter is refused, at the place where it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registry.configuration.parameters import validate
from registry.contract.errors import Origin, Problems
from registry.language.value import Value, value_of
from registry.testing.broken import Broken
from registry.testing.law import BLOCKS, law
from registry.testing.subject import Subject

FILE = "graph.yaml"


@law(
    "wrong parameters",
    BLOCKS,
    "state types and bounds (param(..., ge=0)), and inherit from BlockParams, which takes no other names",
)
def check(subject: Subject) -> None:
    """Write a name that there is not, and values of other types and beyond the bounds."""
    # What must be given, and is not, is said beside.
    written = subject.fresh().plain_parameters() if subject.takes_given else {}
    for parameter, value in [("no_such_parameter", 1), *_wrong(subject)]:
        places = {key: Origin(FILE, line, 5) for line, key in enumerate([*written, parameter], 2)}
        values = {key: value_of(item, places[key]) for key, item in {**written, parameter: value}.items()}
        problems = Problems()
        validate(subject.kind.Params, Value(values, Origin(FILE, 1, 1), places), "node", problems, subject.kind.name)
        if not problems.errors:
            raise Broken(f"{parameter}: {value!r} to be refused", "no error")
        lines = [problem.origin.line for problem in problems.errors if problem.origin]
        if places[parameter].line not in lines:
            raise Broken(f"{parameter}: {value!r} to be refused at line {places[parameter].line}", f"lines {lines}")


def _wrong(subject: Subject) -> Iterator[tuple[str, Any]]:
    """Yield wrong values of parameters."""
    for name_, field in subject.kind.Params.model_fields.items():
        yield field.alias or name_, {"no_such_key": [object.__name__]}
        for mark in field.metadata:
            for bound, step in (("ge", -1), ("gt", 0), ("le", 1), ("lt", 0)):
                if isinstance(limit := getattr(mark, bound, None), int | float):
                    yield (
                        field.alias or name_,
                        type(limit)(limit + step) if field.annotation is int else float(limit + step),
                    )
