"""An event of 100,000 hits gives finite values and gradients."""

from __future__ import annotations

from registry.testing.law import PARTS, law
from registry.testing.laws.odd_events import require_finite_gradients
from registry.testing.subject import Subject

HITS = 100_000


@law("large events", PARTS, "divide sums over hits by their number, and take exp() of bounded numbers", slow=True)
def check(subject: Subject) -> None:
    """Run one such event as in training: a value that is not finite makes the sum of all sines nan."""
    require_finite_gradients(subject, subject.values([HITS]), f"an event of {HITS} hits")
