"""Work that no weight shows is counted: search, gathering from neighbours, potentials, statistics."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.block import Block
from registry.contract.loss import Loss
from registry.loading.blocks import load_registry
from registry.wiring.costs import Load, NodeCost, costs
from tests.wiring.helpers import checked_graph_of

HITS = 1000
GRAPH = """
name: costs
blocks:
  event: {{use: showers}}
  lists: {{use: knn, in: {{coordinates: event.coordinates, row_splits: event.row_splits}}, with: {{K: {K}}}}}
  node: {node}
outputs: {{x: node{port}}}
"""
ROWS = "row_splits: event.row_splits"


def cost(folder: Path, node: str, K: int = 8, port: str = "") -> NodeCost:
    found = costs(checked_graph_of(folder, GRAPH.format(node=node, K=K, port=port)), Load(HITS, 1))
    (row,) = [row for row in found.nodes if row.path == "node"]
    return row


def per_hit(folder: Path, node: str, K: int = 8, port: str = "") -> float:
    """Return the multiply-adds of a node on hits of 10 features with K + 1 columns of neighbours."""
    return cost(folder, node, K, port).multiply_adds / HITS


def test_a_search_costs_more_with_neighbours_and_with_dimensions(tmp_path: Path) -> None:
    node = "{{use: knn, in: {{coordinates: event.{column}, " + ROWS + "}}, with: {{K: {K}}}}}"
    indices = ".neighbour_indices"
    small = per_hit(tmp_path, node.format(column="coordinates", K=8), port=indices)
    assert small == 2**3 * (8 + 16) * 3
    assert per_hit(tmp_path, node.format(column="coordinates", K=64), port=indices) > 3 * small
    assert per_hit(tmp_path, node.format(column="features", K=8), port=indices) > 3 * small


def test_gravnet_costs_its_weights_its_search_and_what_it_gathers(tmp_path: Path) -> None:
    options = "n_neighbours: 16, n_dimensions: 4, n_filters: 8, n_propagate: 5"
    node = f"{{use: gravnet, in: {{x: event.features, {ROWS}}}, with: {{{options}}}}}"
    weights = 11 * 5 + 10 * 4 + (10 + 10 + 1) * 8
    search = 2**4 * (16 + 16) * 4
    assert per_hit(tmp_path, node, port=".features") == weights + search + 16 * (2 * 5 + 4)


@pytest.mark.parametrize(
    ("block", "options", "expected"),
    [
        ("message_passing", "n_feature_transformation: [4, 2]", 11 * 4 + 9 * 2 + 2 * 9 * 6),
        ("plain_message_passing", "n_feature_transformation: [4]", 11 * 4 + 2 * 9 * 4),
        ("translation_invariant_message_passing", "n_feature_transformation: [4, 2]", 10 * 4 + 5 * 2 + 9 * (10 + 4)),
        ("accumulate", "mean: true", 9 * 2 * 10),
        ("accumulate", "maximum: false", 9 * 10),
        ("edge_conv", "units: [4]", 9 * 21 * 4),
    ],
)
def test_gathering_costs_one_per_neighbour_and_column(block: str, options: str, expected: int, tmp_path: Path) -> None:
    node = f'{{use: {block}, in: {{"*": lists, x: event.features}}, with: {{{options}}}}}'
    assert per_hit(tmp_path, node) == expected


@pytest.mark.parametrize("block", ["gooey_batchnorm", "batch_normalization", "layer_normalization"])
def test_a_normalisation_costs_a_few_per_feature(block: str, tmp_path: Path) -> None:
    assert per_hit(tmp_path, f"{{use: {block}, in: event.features}}") == 4 * 10


def test_aggregators_cost_for_every_column(tmp_path: Path) -> None:
    options = "with: {n_aggregators: 4, n_filters: 8, n_propagate: 6}"
    node = f"{{use: garnet, in: {{x: event.features, {ROWS}}}, {options}}}"
    row = cost(tmp_path, node)
    assert row.multiply_adds / HITS == row.weights.trainable + 5 * 4 * 10


def test_layers_on_links_keep_no_value_of_a_link(tmp_path: Path) -> None:
    # What the first layer makes of a hit, as the one and as the other end of a link, and the output.
    text = GRAPH.format(
        node='{use: edge_conv, in: {"*": lists, x: event.features}, with: {units: [6, 4]}}\n'
        "  heads: {use: output_heads, in: node}\n"
        '  loss: {use: basic_object_condensation, in: {"*": [heads, event]}}',
        K=8,
        port="",
    )
    rows = {row.path: row for row in costs(checked_graph_of(tmp_path, text), Load(HITS, 1)).nodes}
    assert rows["node"].training_memory == 4 * HITS * (2 * 6 + 4)
    assert rows["node"].inference_memory == 4 * HITS * 4
    assert rows["loss"].multiply_adds > 0


def test_every_loss_says_what_it_costs() -> None:
    losses = [block for block in load_registry().blocks.values() if issubclass(block, Loss)]
    assert len(losses) >= 10
    assert [block.name for block in losses if block.multiply_adds is Block.multiply_adds] == []
