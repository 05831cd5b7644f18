"""A loss that says which inputs are perfect is 0 for them."""

from __future__ import annotations

from registry.contract.loss import Loss
from registry.testing.broken import Broken
from registry.testing.subject import Subject

name = "perfect input"
slow = False

SIZES = [12, 5, 30]
ZERO = 1e-5


def applies(subject: Subject) -> str:
    """It applies to losses that define `perfect`."""
    if subject.kind.kind != "loss" or not isinstance(subject.block, Loss):
        return "no loss"
    found = subject.block.perfect(subject.values(SIZES))
    return "" if found is not None else "it is 0 for no input that it names (`perfect`)"


def check(subject: Subject) -> None:
    """Compute the loss of the perfect inputs, and of others."""
    block, values = subject.block, subject.values(SIZES)
    assert isinstance(block, Loss)
    perfect = block.perfect(values)
    loss = float(subject.running({**values, **(perfect or {})})["loss"])
    if abs(loss) > ZERO:
        raise Broken("0 for the input that it calls perfect", loss)
    other = float(subject.running(values)["loss"])
    if abs(other) <= ZERO:
        raise Broken("another loss than 0 for any other input", other)
