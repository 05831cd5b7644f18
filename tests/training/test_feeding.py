"""The order in which events are fed."""

from __future__ import annotations

import numpy as np

from registry.data import Columns, Part
from registry.training.feeding import Feed


class TenEvents:
    """Ten events of one hit each."""

    def sizes(self, part: Part) -> np.ndarray:
        return np.ones(10, dtype=np.int64)

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        return {"row_splits": np.arange(len(events) + 1, dtype=np.int32)}

    def describe(self, part: Part, event: int) -> str:
        return f"{part} {event}"

    def fingerprint(self) -> str:
        return "ten"


def order(part: Part, epoch: int | None) -> list[int]:
    (batch,) = Feed(TenEvents(), "event", frozenset(), 1).batches(part, 10, epoch)
    return [int(event) for event in batch]


def test_no_two_epochs_of_a_run_have_the_same_order() -> None:
    # The trainer counts epochs over all stages: a new stage does not start with the first order again.
    orders = [tuple(order("train", epoch)) for epoch in range(6)]
    assert len(set(orders)) == 6
    assert all(sorted(one) == list(range(10)) for one in orders)


def test_an_epoch_can_be_repeated() -> None:
    assert order("train", 3) == order("train", 3)


def test_validation_events_keep_their_order() -> None:
    assert order("validation", None) == list(range(10))
