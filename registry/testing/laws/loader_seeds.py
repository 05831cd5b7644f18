"""The same seed gives the same events, whenever they are read; in training, the same in the same epoch."""

from __future__ import annotations

import numpy as np

from registry.testing.comparing import require_same
from registry.testing.loading import no_sample, source_of
from registry.testing.subject import Subject

name = "seeds"
slow = False

EPOCHS = (None, 0, 1)


def applies(subject: Subject) -> str:
    """It applies to loaders of which there is a sample."""
    return no_sample(subject)


def check(subject: Subject) -> None:
    """Read events twice from one source, and from another of the same seed."""
    with source_of(subject) as source, source_of(subject) as other:
        events = np.arange(len(source.sizes("train")))
        for epoch in EPOCHS:
            first, again = source.read("train", events, epoch), source.read("train", events, epoch)
            require_same(again, first, f"events read again in epoch {epoch}")
            require_same(other.read("train", events, epoch), first, f"events of the same seed in epoch {epoch}")
