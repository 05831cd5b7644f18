"""A loss scales with the weights of events: with all of them doubled it is doubled."""

from __future__ import annotations

import numpy as np

from registry.testing.broken import Broken
from registry.testing.law import LOSSES, law
from registry.testing.subject import Subject

SIZES = [12, 5, 30]
PORT = "event_weight"


def _unless(subject: Subject) -> str:
    return "" if any(port.name == PORT for port in subject.kind.inputs) else f"it takes no `{PORT}`"


@law(
    "weights of events",
    LOSSES,
    "multiply what an event contributes by `event_weight`, and divide by sums without it",
    those="that take weights of events",
    unless=_unless,
)
def check(subject: Subject) -> None:
    """Double the weights."""
    values = subject.values(SIZES)
    once = float(subject.graph(values)["loss"])
    twice = float(subject.graph({**values, PORT: 2 * values[PORT]})["loss"])
    if not np.isclose(twice, 2 * once, 1e-3, 1e-6):
        raise Broken(f"a loss of {2 * once:g} with all weights of events doubled", f"{twice:g}")
