"""Columns that are handed on do not reach other outputs: truth among them would."""

from __future__ import annotations

from registry.testing.comparing import require_same
from registry.testing.law import PARTS, law
from registry.testing.subject import Subject

SIZES = [12, 5]


def _unless(subject: Subject) -> str:
    return "" if any(port.rest for port in subject.kind.inputs) else "it hands on no columns"


@law(
    "truth apart",
    PARTS,
    "do not read the columns of the port that takes the rest",
    those="and has a port that takes the rest",
    unless=_unless,
)
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
