"""What a block says it costs is a number, and no less than the products of matrices that its layer takes."""

from __future__ import annotations

import math

from registry.testing.broken import Broken
from registry.testing.law import PARTS, law
from registry.testing.subject import HELD, Subject


def _unless(subject: Subject) -> str:
    known = subject.block.weights(subject.inputs.types, subject.inputs.outputs).known
    return "" if known else "only building it tells its weights"


@law(
    "costs",
    PARTS,
    "return in multiply_adds() rows x columns x columns of every product of matrices, over one hit",
    those="and declares its weights",
    unless=_unless,
)
def check(subject: Subject) -> None:
    """Count the multiply-adds of the products of matrices in the layer's graph."""
    inputs, block = subject.inputs, subject.block
    declared, inner = (
        block.multiply_adds(inputs.types, inputs.outputs),
        block.inner_values(inputs.types, inputs.outputs),
    )
    for what, value in (("multiply_adds()", declared), ("inner_values()", inner)):
        if not math.isfinite(value) or value < 0:
            raise Broken(f"{what} to be finite, and 0 or more", value)
    found = subject.held.products / sum(HELD)
    if found > 2 * declared:
        raise Broken(f"multiply_adds() to be {found:g} a hit at least, half of which would do", f"{declared:g}")
