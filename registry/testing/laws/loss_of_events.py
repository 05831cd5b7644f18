"""What a loss asks of the hits of an event does not depend on what the other events of the batch hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from registry.contract.axes import TensorType
from registry.contract.ports import TRUTH_PREFIX
from registry.testing.comparing import require_same
from registry.testing.inputs import HITS
from registry.testing.law import LOSSES, law
from registry.testing.subject import Subject

SIZES = [12, 0, 5, 30]


@law(
    "events in losses",
    LOSSES,
    "sum within events, by `row_splits` and the labels of each event, and take means of what each event gives",
)
def check(subject: Subject) -> None:
    """Change what is predicted in all events but one: the gradient by the hits of that one stays."""
    values, others = subject.values(SIZES), subject.values(SIZES, seed=1)
    predicted = list(_predicted(subject))
    _, before, _ = subject.graph.gradients(values)
    for number, (first, last) in enumerate(pairwise(np.concatenate([[0], np.cumsum(SIZES)]))):
        own = slice(first, last)
        changed = dict(values)
        for name in predicted:
            changed[name] = others[name].copy()
            changed[name][own] = values[name][own]
        _, after, _ = subject.graph.gradients(changed)
        for name in predicted:
            wanted, found = before[name], after[name]
            if wanted is not None and found is not None and last > first:
                # In units of the largest: gradients of means are small.
                scale = max(float(np.abs(wanted[own]).max()), 1e-12)
                what = f"gradients by the hits of event {number}, with others in the other events, of the largest"
                require_same({name: found[own] / scale}, {name: wanted[own] / scale}, what)


def _predicted(subject: Subject) -> Iterator[str]:
    """Yield the inputs that a network makes: numbers of hits that are neither truth nor weights."""
    for port in subject.block.inputs:
        type_ = subject.inputs.types.get(port.name)
        if isinstance(type_, TensorType) and type_.axes[0] == HITS and type_.dtype.startswith("float"):
            given = port.name.startswith(TRUTH_PREFIX) or port.name.endswith("_weight")
            if not given and port.of == "hit":
                yield port.name
