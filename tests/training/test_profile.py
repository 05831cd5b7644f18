"""Every node is measured, and measuring changes no weight."""

from __future__ import annotations

import numpy as np
import pytest

from registry.training.events import open_data
from registry.training.feeding import Feed
from registry.training.profile import NodeProfile, profile, table
from tests.training.helpers import compiled

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def measured() -> tuple[list[NodeProfile], list[np.ndarray], list[np.ndarray]]:
    """Profiles of a small graph, and its weights before and after."""
    model = compiled()
    assert model.training is not None
    feed = Feed(open_data(model.checked.loader, 1), "event", frozenset(model.training_inputs), 1)
    before = model.training.get_weights()
    profiles = profile(model, feed.read("train", np.arange(3)).tensors, repeats=2)
    return profiles, before, model.training.get_weights()


def test_every_node_the_loss_depends_on_is_measured(
    measured: tuple[list[NodeProfile], list[np.ndarray], list[np.ndarray]],
) -> None:
    profiles, _, _ = measured
    names = [item.node for item in profiles]
    assert names[-2:] == ["heads", "loss"]
    assert {"pre", "iterations.0.dense", "iterations.1.norm"} <= set(names)
    assert all(item.forward > 0 and item.output_bytes > 0 for item in profiles)


def test_every_node_is_shown_beside_what_the_machine_could_do_at_best(
    measured: tuple[list[NodeProfile], list[np.ndarray], list[np.ndarray]],
) -> None:
    profiles, _, _ = measured
    floors = {item.node: (item.forward_floor, item.backward_floor) for item in profiles}
    assert all(forward > 0 for forward, _ in floors.values())
    assert floors["iterations.0.dense"][1] > floors["iterations.0.dense"][0]
    head, *_, whole, _ = table(profiles, 100).splitlines()
    assert head.count("at best") == 2
    assert "; at best " in whole


def test_no_weight_is_changed(measured: tuple[list[NodeProfile], list[np.ndarray], list[np.ndarray]]) -> None:
    _, before, after = measured
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_the_table_starts_with_the_dearest_node(
    measured: tuple[list[NodeProfile], list[np.ndarray], list[np.ndarray]],
) -> None:
    profiles, _, _ = measured
    dearest = max(profiles, key=lambda item: item.seconds)
    assert table(profiles, 100).splitlines()[1].startswith(dearest.node)
