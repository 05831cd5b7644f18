"""Packing whole events into batches by hits."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.training.packing import OversizeEvent, pack


@given(sizes=st.lists(st.integers(0, 50), max_size=40), batch_size=st.integers(50, 120))
def test_every_event_is_packed_once_in_order_and_no_batch_is_too_large(sizes: list[int], batch_size: int) -> None:
    order = np.random.default_rng(0).permutation(len(sizes))
    batches = pack(np.array(sizes, dtype=np.int64), order, batch_size)
    assert [event for batch in batches for event in batch] == list(order)
    assert all(sum(sizes[event] for event in batch) <= batch_size for batch in batches)


@given(sizes=st.lists(st.integers(1, 50), max_size=40), batch_size=st.integers(50, 120))
def test_a_batch_is_closed_only_when_the_next_event_would_not_fit(sizes: list[int], batch_size: int) -> None:
    batches = pack(np.array(sizes, dtype=np.int64), np.arange(len(sizes)), batch_size)
    for batch, following in pairwise(batches):
        assert sum(sizes[event] for event in batch) + sizes[following[0]] > batch_size


def test_an_event_larger_than_the_batch_is_an_error_that_names_its_size() -> None:
    with pytest.raises(OversizeEvent, match="event 1 has 120 hits, more than batch_size 100"):
        pack(np.array([10, 120]), np.arange(2), 100)


def test_an_event_as_large_as_the_batch_fits() -> None:
    assert [list(batch) for batch in pack(np.array([100, 1]), np.arange(2), 100)] == [[0], [1]]
