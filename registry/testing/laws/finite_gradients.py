"""Every weight that is trained has a gradient, and a finite one."""

from __future__ import annotations

import numpy as np

from registry.testing.broken import Broken
from registry.testing.law import PARTS, law
from registry.testing.subject import Subject

SIZES = [30, 12, 25]


def _unless(subject: Subject) -> str:
    subject.running(subject.values(SIZES))
    return "" if subject.running.layer.trainable_weights else "it holds no weights that are trained"


@law(
    "gradients of weights",
    PARTS,
    "let an output depend on every weight, or make the weight `trainable=False`",
    those="and holds weights that are trained",
    unless=_unless,
)
def check(subject: Subject) -> None:
    """Take the gradient of a number that depends on every output."""
    _, _, found = subject.graph.gradients(subject.values(SIZES))
    for path, gradient in found.items():
        if gradient is None:
            raise Broken(f"a gradient by the weight {path!r}", "None: no output depends on it")
        if not np.isfinite(gradient).all():
            raise Broken(f"a finite gradient by the weight {path!r}", gradient[~np.isfinite(gradient)][0])
