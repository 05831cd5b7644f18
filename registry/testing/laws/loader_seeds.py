"""The same seed gives the same events, whenever they are read; in training, the same in the same epoch."""

from __future__ import annotations

import numpy as np

from registry.testing.comparing import require_same
from registry.testing.law import LOADERS, law
from registry.testing.loading import source_of
from registry.testing.subject import Subject

EPOCHS = (None, 0, 1)


@law("seeds", LOADERS, "make random numbers from the seed that open() is given and from the event's number")
def check(subject: Subject) -> None:
    """Read events twice from one source, and from another of the same seed."""
    with source_of(subject) as source, source_of(subject) as other:
        events = np.arange(len(source.sizes("train")))
        for epoch in EPOCHS:
            first, again = source.read("train", events, epoch), source.read("train", events, epoch)
            require_same(again, first, f"events read again in epoch {epoch}")
            require_same(other.read("train", events, epoch), first, f"events of the same seed in epoch {epoch}")
