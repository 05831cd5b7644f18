"""Which nodes of a graph compute in 16 bits."""

from __future__ import annotations

import pytest

from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.precision import nodes_in_16_bits
from registry.wiring.stage_plan import planned_stages
from tests.wiring.helpers import checked_graph_of

GRAPH = """\
blocks:
  event: {use: showers}
  scaled: {use: gooey_batchnorm, in: event.features}
  rounds:
    repeat: [{}, {}]
    carry: {x: scaled}
    blocks:
      dense: {use: dense_loop, in: x, with: {units: [4]}}
      norm: {use: gooey_batchnorm, in: dense}
      both: {use: concatenate, in: [norm, scaled]}
      space: {use: dense_loop, in: both, with: {units: [3]}}
      near: {use: knn, in: {coordinates: space, row_splits: event.row_splits}, with: {K: 4}}
      pass:
        use: message_passing
        in: {x: norm, neighbour_indices: near.neighbour_indices, squared_distances: near.squared_distances}
        with: {n_feature_transformation: [4]}
      act: {use: keras.Activation, in: pass, with: {activation: relu}}
    next: {x: act}
outputs: {x: rounds.x}
"""
OPTIONS = "Training: [{batch_size: 1000, epochs: 1, learning_rate: 0.1, precision: mixed_bfloat16}]"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> CheckedGraph:
    return checked_graph_of(tmp_path_factory.mktemp("graph"), GRAPH, OPTIONS)


def test_what_multiplies_has_16_bits_and_what_only_takes_such_values_too(checked: CheckedGraph) -> None:
    narrow = [path.removeprefix("rounds.1.") for path in nodes_in_16_bits(checked) if path.startswith("rounds.1")]
    assert narrow == ["dense", "norm", "pass", "act"]


@pytest.mark.parametrize("path", ["scaled", "rounds.0.both", "rounds.0.space", "rounds.0.near"])
def test_data_coordinates_and_searches_keep_32_bits(path: str, checked: CheckedGraph) -> None:
    assert path not in nodes_in_16_bits(checked)


def test_the_plan_lists_them_with_all_passes_of_a_repeat_as_one(checked: CheckedGraph) -> None:
    said = "mixed_bfloat16: rounds.*.dense, rounds.*.norm, rounds.*.pass, rounds.*.act"
    assert planned_stages(checked)[0].does["precision"] == said
