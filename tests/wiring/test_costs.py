from __future__ import annotations

from pathlib import Path

import pytest

from registry.wiring.costs import Load, costs
from registry.wiring.stage_memory import stage_memory
from tests.drawing.graphs import REPEATED, SMALL, graph_of
from tests.wiring.helpers import checked_graph_of

MEGA = 10**6


def test_shapes_follow_the_load(tmp_path: Path) -> None:
    text = SMALL.replace("outputs: {x: head}", "outputs: {x: head, row_splits: event.row_splits}")
    rows = {node.path: node for node in costs(graph_of(text, tmp_path), Load(1000, 7)).nodes}
    assert rows["head"].shapes == {"x": (1000, 2)}
    assert rows["event"].shapes["row_splits"] == (8,)


def test_a_dense_layer_costs_one_multiply_add_per_weight_and_hit(tmp_path: Path) -> None:
    (head,) = [node for node in costs(graph_of(SMALL, tmp_path), Load(1000, 1)).nodes if node.path == "head"]
    assert head.weights.trainable == (10 + 1) * 2
    assert head.multiply_adds == 22 * 1000


def test_inner_layers_are_kept_in_training_only(tmp_path: Path) -> None:
    text = REPEATED.replace("with: {units: [8]}}\n  steps", "with: {units: [100, 8]}}\n  steps")
    rows = {node.path: node for node in costs(graph_of(text, tmp_path), Load(1000, 1)).nodes}
    assert rows["start"].training_memory == 4 * 1000 * (100 + 8)
    assert rows["start"].inference_memory == 4 * 1000 * 8


def test_what_no_loss_depends_on_keeps_nothing_for_training(tmp_path: Path) -> None:
    found = costs(graph_of(SMALL, tmp_path), Load(1000, 1))
    assert found.training_memory == 0
    assert found.inference_memory > 0


def test_inference_frees_what_nobody_needs_any_more(tmp_path: Path) -> None:
    layers = "".join(f"  d{i}: {{use: dense_loop, in: d{i - 1}, with: {{units: [250]}}}}\n" for i in range(1, 10))
    text = SMALL.replace("  head: ", "  d0: ").replace("outputs: {x: head}", layers + "outputs: {x: d9}")
    found = costs(graph_of(text.replace("units: [2]", "units: [250]"), tmp_path), Load(1000, 1))
    weights = 4 * (found.trainable + found.frozen)
    assert 2 * MEGA <= found.inference_memory - weights < 2.5 * MEGA


@pytest.mark.parametrize("hits", [1000, 2000])
def test_memory_and_work_grow_with_the_hits(hits: int, tmp_path: Path) -> None:
    checked = graph_of(REPEATED, tmp_path)
    one, many = costs(checked, Load(hits, 1)), costs(checked, Load(10 * hits, 1))
    assert many.multiply_adds == 10 * one.multiply_adds
    assert many.training_memory > 5 * one.training_memory


PASSES = """\
blocks:
  event: {use: showers}
  rounds:
    repeat: [{}, {}, {}]
    carry: {x: event.features}
    blocks: {a: {use: dense_loop, in: x, with: {units: [100]}}, b: {use: dense_loop, in: a, with: {units: [4]}}}
    next: {x: b}
  score: {use: keras.Dense, in: rounds.x, with: {units: 1}}
  loss: {use: not_noise, in: {score: score, truth_index: event.truth_index}}
outputs: {x: score}
"""
STAGES = """\
Training:
  - {batch_size: 1000, epochs: 1, learning_rate: 0.1}
  - {batch_size: 1000, epochs: 1, learning_rate: 0.1, recompute: [rounds]}
"""


# Of three passes with 100 + 4 values a hit, 4 are kept of each, and 100 of the one that is computed again.
def test_a_stage_that_computes_groups_again_keeps_what_others_read_and_one_part(tmp_path: Path) -> None:
    checked = checked_graph_of(tmp_path, PASSES, STAGES)
    found = costs(checked, Load(1000, 1))
    kept, again = stage_memory(checked, found)
    assert kept == found.training_memory
    assert kept - again == 4 * 1000 * 200
