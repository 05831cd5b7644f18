"""Which object of its event a hit belongs to, by id."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.loaders.description.events import EventIndex
from registry.plugins.loaders.description.objects import join_by_id

TYPES = ["int8", "uint8", "int64", "uint64"]


@st.composite
def ids_of_type(draw: st.DrawFn, dtype: str) -> list[int]:
    """Draw ids of a type that lie close together, or at the ends of what it holds."""
    limits = np.iinfo(dtype)
    near = st.integers(-3, 6) if limits.min else st.integers(0, 6)
    return draw(st.lists(near | st.sampled_from([limits.min, limits.max, limits.max - 1]), max_size=12))


@given(st.sampled_from(TYPES), st.sampled_from(TYPES), st.data())
def test_ids_of_any_type_are_compared_exactly_within_their_event(of_hits, of_objects, data):
    ids, own = data.draw(ids_of_type(of_hits)), data.draw(ids_of_type(of_objects))
    event = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(ids), max_size=len(ids))), np.int64)
    noise = np.array(data.draw(st.lists(st.booleans(), min_size=len(ids), max_size=len(ids))), bool)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(own)), min_size=2, max_size=2)))
    splits = np.array([0, *cuts, len(own)])
    expected = [
        -1 if silent else next((row for row in range(splits[at], splits[at + 1]) if own[row] == id_), -1)
        for id_, at, silent in zip(ids, event, noise, strict=True)
    ]
    found = join_by_id(np.array(ids, of_hits), noise, event, np.array(own, of_objects), splits)
    assert found.tolist() == expected


@pytest.mark.parametrize("events", [[2, -1, 0, 2], [], [-1], [1]])
def test_rows_of_events_in_any_order_are_found(events):
    # Event 0 has the rows 0, 1 and 5; event 1 has none; event 2 has the rows 2 to 4.
    index = EventIndex(3, np.array([0, 5, 2]), np.array([2, 6, 5]), np.array([0, 0, 2]))
    own = {0: [0, 1, 5], 1: [], 2: [2, 3, 4], -1: []}
    rows, splits = index.rows_of(np.array(events, np.int64))
    assert rows.tolist() == [row for event in events for row in own[event]]
    assert np.diff(splits).tolist() == [len(own[event]) for event in events]
