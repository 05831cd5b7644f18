"""The order in which events are fed."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from registry.contract.data import Columns, DataError, Part
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


class Slow(TenEvents):
    """Takes a while for every batch, and cannot read the last event."""

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        time.sleep(0.02)
        if 9 in events:
            raise DataError("event 9 is unreadable")
        return super().read(part, events, epoch)


def test_the_time_without_a_batch_is_counted() -> None:
    feed = Feed(Slow(), "event", frozenset(), 1)
    batches = [np.array([event]) for event in range(4)]
    assert len(list(feed.stream("train", batches))) == 4
    assert feed.waited >= 2 * 0.02  # the first may be read before anybody waits


def test_batches_are_read_while_others_are_trained_on() -> None:
    feed = Feed(Slow(), "event", frozenset(), 1)
    stream = feed.stream("train", [np.array([event]) for event in range(4)])
    next(stream)
    time.sleep(1.0)
    waited = feed.waited
    assert len(list(stream)) == 3
    assert feed.waited - waited < 0.02


def test_what_goes_wrong_while_reading_ahead_ends_the_training() -> None:
    feed = Feed(Slow(), "event", frozenset(), 1)
    with pytest.raises(DataError, match="event 9 is unreadable"):
        list(feed.stream("train", [np.array([9])]))


def test_reading_ahead_ends_with_the_iteration() -> None:
    feed = Feed(TenEvents(), "event", frozenset(), 1)
    stream = feed.stream("train", [np.array([0])] * 1000)
    next(stream)
    stream.close()
    for thread in threading.enumerate():
        if thread.name == "feed":
            thread.join(5)
            assert not thread.is_alive()
