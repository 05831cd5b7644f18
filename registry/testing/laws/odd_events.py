"""Empty events, events of one hit and of equal hits, tiny and large numbers give finite values and gradients."""

from __future__ import annotations

import numpy as np

from registry.testing.broken import Broken
from registry.testing.law import PARTS, law
from registry.testing.running import flat
from registry.testing.subject import Subject
from registry.testing.values import Values

BATCHES: tuple[tuple[str, list[int], float], ...] = (
    ("an empty event", [0], 1.0),
    ("one hit", [1], 1.0),
    ("equal hits", [1, 9], 0.0),
    ("nearly equal hits", [12, 1], 1e-9),
    ("events of 0 to 30 hits", [0, 1, 2, 0, 7, 30, 0], 1.0),
    ("large numbers", [20, 1], 1e4),
)


@law(
    "odd events",
    PARTS,
    "use tf.math.divide_no_nan, tf.sqrt(x + small), tf.math.log(x + small), and masks for events without hits",
)
def check(subject: Subject) -> None:
    """Run such events, as in training and not, and look at values and gradients."""
    for what, sizes, spread in BATCHES:
        require_finite(subject, subject.values(sizes, 3, spread), what)


def require_finite(subject: Subject, values: Values, what: str) -> None:
    """Raise Broken unless values and gradients are finite."""
    run = subject.graph
    for port, value in run(values).items():
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise Broken(f"{what}: finite numbers as {port!r}", value.reshape(-1)[~np.isfinite(value).reshape(-1)][0])
    require_finite_gradients(subject, values, what)


def require_finite_gradients(subject: Subject, values: Values, what: str) -> None:
    """Raise Broken unless gradients, and the number that they are of, are finite."""
    total, by_input, by_weight = subject.graph.gradients(values)
    if not np.isfinite(total):
        raise Broken(f"{what}: finite outputs in training, and a finite sum of their sines", total)
    given = flat(values)
    for name_, gradient in {**by_input, **by_weight}.items():
        if gradient is not None and not np.isfinite(gradient).all():
            kind = "input" if name_ in given else "weight"
            raise Broken(f"{what}: finite gradients by the {kind} {name_!r}", gradient[~np.isfinite(gradient)][0])
