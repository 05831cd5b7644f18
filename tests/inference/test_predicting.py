"""A network predicts the events of a source pack by pack, as the training's own model does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.inference.predicting import Network, PredictedEvents, packs, predict_events
from registry.training.events import open_data
from tests.training.helpers import compiled


@given(st.lists(st.integers(0, 30)), st.integers(1, 20), st.integers(1, 5))
def test_packs_hold_every_event_once_and_are_small(sizes: list[int], hits: int, events: int) -> None:
    found = packs(np.array(sizes, dtype=np.int64), hits, events)
    assert [event for group in found for event in group] == list(range(len(sizes)))
    for group in found:
        assert 0 < len(group) <= events
        assert len(group) == 1 or sum(sizes[event] for event in group) <= hits


@pytest.fixture(scope="module")
def whole() -> tuple[PredictedEvents, list[PredictedEvents]]:
    """The test events of a graph, predicted in one call and in calls of a few."""
    made = compiled()
    network = Network.of_graph(made.inference, made.checked)
    loader = made.checked.loader
    source = open_data(loader, 1)
    (one,) = predict_events(network, source, loader, "test")
    groups = packs(source.sizes("test"), events=2)
    return one, list(predict_events(network, source, loader, "test", groups))


def test_events_predicted_in_groups_are_what_they_are_together(
    whole: tuple[PredictedEvents, list[PredictedEvents]],
) -> None:
    one, groups = whole
    assert len(groups) > 1
    for name, value in one.outputs.items():
        together = np.concatenate([group.outputs[name] for group in groups])
        np.testing.assert_allclose(together, value, rtol=1e-5, atol=1e-6)
    assert [name for group in groups for name in group.names] == list(one.names)


def test_predicted_events_hold_no_truth_unless_it_is_asked_for(
    whole: tuple[PredictedEvents, list[PredictedEvents]],
) -> None:
    assert not [name for name in whole[0].columns if name.startswith("truth")]


def test_each_event_is_a_slice_of_its_group(whole: tuple[PredictedEvents, list[PredictedEvents]]) -> None:
    one, _ = whole
    events = list(one)
    assert [event.hits for event in events] == np.diff(one.row_splits).tolist()
    for name, value in one.outputs.items():
        np.testing.assert_array_equal(np.concatenate([event.outputs[name] for event in events]), value)
