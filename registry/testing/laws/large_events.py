"""An event of 100,000 hits gives finite values and gradients."""

from __future__ import annotations

from registry.testing.laws.odd_events import require_finite
from registry.testing.subject import Subject

name = "large events"
slow = True

HITS = 100_000


def applies(subject: Subject) -> str:
    """It applies to all that is part of a network."""
    return "" if subject.has_layer else "no part of a network"


def check(subject: Subject) -> None:
    """Run one such event, with its gradients."""
    require_finite(subject, subject.values([HITS]), f"an event of {HITS} hits")
