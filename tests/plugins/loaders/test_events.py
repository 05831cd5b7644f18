"""Events: flat columns with row splits."""

from __future__ import annotations

import numpy as np
import pytest

from registry.plugins.loaders.events import Events


@pytest.fixture
def events() -> Events:
    return Events({"x": np.arange(6.0)[:, None]}, np.array([0, 2, 2, 6]))


def test_selected_events_follow_the_order_asked_for(events):
    chosen = events.select(np.array([2, 0, 1, 0]))
    assert chosen["x"][:, 0].tolist() == [2, 3, 4, 5, 0, 1, 0, 1]
    assert chosen.row_splits.tolist() == [0, 4, 6, 6, 8]


def test_no_events_can_be_selected(events):
    assert len(events.select(np.zeros(0, dtype=np.int64))) == 0


def test_events_joined_again_are_the_same(events):
    again = Events.concatenate(list(events))
    np.testing.assert_array_equal(again["x"], events["x"])
    np.testing.assert_array_equal(again.row_splits, events.row_splits)


def test_events_with_other_columns_cannot_be_joined(events):
    with pytest.raises(ValueError, match="cannot join"):
        Events.concatenate([events, Events({"y": np.zeros((0, 1))}, np.array([0]))])


def test_columns_cannot_be_written_to(events):
    with pytest.raises(ValueError, match="read-only"):
        events["x"][0] = 1


@pytest.mark.parametrize("splits", [[1, 6], [0, 4, 2, 6], [], [0, 5]])
def test_row_splits_that_do_not_fit_are_refused(splits):
    with pytest.raises(ValueError, match="row_splits"):
        Events({"x": np.zeros((6, 1))}, np.array(splits))
