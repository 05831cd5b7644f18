"""A network predicts the events of a source pack by pack, as the training's own model does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.inference.predicting import Network, PredictedEvents, packs, predict_events
from registry.inference.predictions import joined
from registry.inference.tables import hit_rows
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


def of_neighbours() -> list[PredictedEvents]:
    """Two groups of events, of which every hit lists the hit before it in its event, -1 for the first."""
    groups = []
    for numbers, sizes in (([0, 1], [2, 3]), ([2], [4])):
        splits = np.concatenate([[0], np.cumsum(sizes)])
        before = np.arange(splits[-1], dtype=np.int32) - 1
        before[splits[:-1]] = -1
        names = [str(number) for number in numbers]
        outputs = {"before": before[:, None], "beta": np.ones((splits[-1], 1), np.float32)}
        positions = frozenset({"before"})
        groups.append(PredictedEvents(np.array(numbers), names, splits, {}, outputs, positions=positions))
    return groups


def test_neighbours_of_groups_that_are_joined_count_from_the_first_hit_of_all() -> None:
    found = joined(of_neighbours())
    assert found.outputs["before"][:, 0].tolist() == [-1, 0, -1, 2, 3, -1, 5, 6, 7]
    assert found.outputs["before"].dtype == np.int32


def test_neighbours_in_an_event_alone_and_in_files_count_from_its_first_hit() -> None:
    of_two, _ = of_neighbours()
    assert [event.outputs["before"][:, 0].tolist() for event in of_two] == [[-1, 0], [-1, 0, 1]]
    assert hit_rows(of_two)["before"].tolist() == [-1, 0, -1, 0, 1]
    assert [event.outputs["before"][:, 0].tolist() for event in joined(of_neighbours())][2] == [-1, 0, 1, 2]


def test_each_event_is_a_slice_of_its_group(whole: tuple[PredictedEvents, list[PredictedEvents]]) -> None:
    one, _ = whole
    events = list(one)
    assert [event.hits for event in events] == np.diff(one.row_splits).tolist()
    for name, value in one.outputs.items():
        np.testing.assert_array_equal(np.concatenate([event.outputs[name] for event in events]), value)
