"""Columns that are handed on do not reach other outputs: truth among them would."""

from __future__ import annotations

from registry.testing.comparing import require_same
from registry.testing.subject import Subject

name = "truth apart"
slow = False

SIZES = [12, 5]


def applies(subject: Subject) -> str:
    """It applies to blocks with a port that takes the rest."""
    if not subject.has_layer:
        return "no part of a network"
    return "" if any(port.rest for port in subject.kind.inputs) else "it hands on no columns"


def check(subject: Subject) -> None:
    """Change the columns that are handed on."""
    values = subject.values(SIZES)
    (port,) = [port.name for port in subject.kind.inputs if port.rest]
    other = {**values, port: {column: value + 1 for column, value in values[port].items()}}
    before, after = (
        {output: value for output, value in subject.running(given).items() if output not in values[port]}
        for given in (values, other)
    )
    require_same(after, before, "outputs with other columns to hand on, such as truth")
