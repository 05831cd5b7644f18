"""The memory that a plan states for the node is within a factor of two of what TensorFlow keeps of it in training."""

from __future__ import annotations

from registry.contract.axes import TensorType
from registry.testing.broken import Broken
from registry.testing.law import PARTS, law
from registry.testing.subject import HELD, Subject
from registry.wiring.costs import BYTES, VALUE, Load

FACTOR = 2


@law(
    "memory",
    PARTS,
    "return in inner_values() how many numbers a hit leaves for the backward pass, beside the outputs",
)
def check(subject: Subject) -> None:
    """Compare outputs and `inner_values()` with the tensors that lie between the forward and the backward pass.

    As in a plan, outputs count whoever made them, inputs and weights do not, and what an operation needs while it runs
    (a search, a product) does not either. Axes that a layer makes, by selecting hits, have the length that they have
    here: a plan takes them for as long as all hits. One value a hit more or less is nothing.
    """
    block, inputs, found = subject.block, subject.inputs, subject.held
    result = subject.running(subject.values(HELD)) if inputs.outputs else {}
    outputs = sum(value.size * BYTES.get(inputs.outputs[port].dtype, VALUE) for port, value in result.items())
    declared = inputs.outputs or inputs.types
    first = next(type_ for type_ in declared.values() if isinstance(type_, TensorType))
    rows = Load(sum(HELD), len(HELD)).length(first.axes[0])
    planned = outputs + VALUE * rows * block.inner_values(inputs.types, inputs.outputs)
    kept = found.inner + (found.outputs if inputs.outputs else 0)
    one = VALUE * rows
    if not planned <= FACTOR * kept + one or not kept <= FACTOR * planned + one:
        inner = found.inner / one
        raise Broken(
            f"outputs and inner_values() of {kept:,} bytes, within a factor of {FACTOR}: "
            f"{inner:.3g} inner values a hit, the largest in {found.largest or 'nothing'}",
            f"{planned:,} bytes: {(planned - outputs) / one:.3g} inner values a hit",
        )
