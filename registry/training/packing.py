"""Packs whole events into batches by their number of hits."""

from __future__ import annotations

import numpy as np

from registry.contract.data import DataError


def pack(sizes: np.ndarray, order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Return batches of events: each is filled in the given order until the next event would not fit.

    `sizes`: hits per event [events]; `order`: the events to pack. Raises DataError for an event larger than a batch.
    """
    batches: list[np.ndarray] = []
    start, filled = 0, 0
    for position, event in enumerate(order):
        hits = int(sizes[event])
        if hits > batch_size:
            raise OversizeEvent(f"event {event}", hits, batch_size)
        if filled + hits > batch_size:
            batches.append(order[start:position])
            start, filled = position, 0
        filled += hits
    if len(order) > start:
        batches.append(order[start:])
    return batches


class OversizeEvent(DataError):
    """An event that has more hits than a batch may hold."""

    def __init__(self, event: str, hits: int, batch_size: int) -> None:
        message = f"{event} has {hits} hits, more than batch_size {batch_size} (which counts hits)"
        super().__init__(
            message, "batch_size", f"raise batch_size to at least {hits}, or leave the event out of the data"
        )
