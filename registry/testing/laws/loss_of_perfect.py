"""A loss that says which inputs are perfect is 0 for them, or as small as it says, and larger for others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.contract.loss import NOT_NAMED, Loss
from registry.testing.broken import Broken
from registry.testing.law import LOSSES, law
from registry.testing.subject import Subject

SIZES = [12, 5, 30]

ZERO, RELATIVE = 1e-5, 1e-3
"""How far a loss may be from its least value: what keeps logarithms and quotients finite is left over."""


def _perfect(subject: Subject) -> Mapping[str, Any] | str:
    # A function that is a loss is none of the class.
    return subject.block.perfect(subject.values(SIZES)) if isinstance(subject.block, Loss) else NOT_NAMED


def _unless(subject: Subject) -> str:
    found = _perfect(subject)
    return found if isinstance(found, str) else ""


@law(
    "perfect input",
    LOSSES,
    "is the formula 0 for what perfect() returns, or least() what its offsets leave?",
    those="that define `perfect`",
    unless=_unless,
)
def check(subject: Subject) -> None:
    """Compute the loss of the perfect inputs, and of others."""
    block, values, perfect = subject.block, subject.values(SIZES), _perfect(subject)
    assert isinstance(block, Loss)
    assert not isinstance(perfect, str)
    if unknown := set(perfect) - set(values):
        raise Broken(f"inputs of the names {sorted(values)} from perfect()", sorted(unknown))
    loss, least = float(subject.graph({**values, **perfect})["loss"]), block.least()
    near = max(ZERO, RELATIVE * abs(least))
    if not abs(loss - least) <= near:
        raise Broken(f"{least:g} for the input that it calls perfect", f"{loss:g}")
    other = float(subject.graph(values)["loss"])
    if not other > least + near:
        raise Broken(f"more than {least:g} for any other input", f"{other:g}")
