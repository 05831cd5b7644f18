"""What the plan of a training says of its stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.drawing.stages import stages
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.recompute import order_of_parts, segments
from registry.wiring.selectors import select
from registry.wiring.stage_plan import planned_stages
from tests.wiring.helpers import checked_graph_of

GRAPH = """\
blocks:
  event: {use: showers}
  rounds:
    repeat: [{}, {}]
    carry: {x: event.features}
    blocks: {a: {use: dense_loop, in: x, with: {units: [4]}}, b: {use: dense_loop, in: a, with: {units: [4]}}}
    next: {x: b}
  c: {use: batch_normalization, in: rounds.x}
outputs: {x: c}
"""
OPTIONS = """\
Training:
  - {batch_size: 1000, steps: 10, accumulate: 4, learning_rate: {schedule: one_cycle, peak: 0.1}, recompute: [rounds]}
  - batch_size: 1000
    minutes: 1.5
    learning_rate: 0.1
    final_learning_rate: 0.01
    freeze: [rounds]
    optimizer: {name: sgd, weight_decay: 0.01, exclude_from_weight_decay: ["*/bias"], beta_1: 0.5, nesterov: true}
"""


@pytest.fixture
def checked(tmp_path: Path) -> CheckedGraph:
    return checked_graph_of(tmp_path, GRAPH, OPTIONS)


def test_the_plan_says_what_each_stage_does_and_follows_its_rate(checked: CheckedGraph) -> None:
    first, second = planned_stages(checked)
    assert (first.length, second.length) == ("10 steps", "1.5 minutes")
    assert first.does["batches"] == "1,000 hits, 4 to a step"
    assert second.does["optimizer"] == (
        "sgd, each tensor clipped to 1, weight decay 0.01 but for */bias, beta_1 0.5, nesterov True"
    )
    assert (second.does["freeze"], first.does["recompute"]) == ("rounds", "rounds")
    assert max(first.rates) == pytest.approx(0.1, rel=0.01)
    assert (second.rates[0], second.rates[-1]) == pytest.approx((0.1, 0.01))


def test_a_page_draws_the_rate_of_every_stage(checked: CheckedGraph) -> None:
    page = stages(planned_stages(checked))
    assert page.count("<polyline") == 2
    assert "1. stage_1, 10 steps" in page


@pytest.mark.parametrize(
    ("selector", "nodes"),
    [
        ("rounds", ["rounds.0.a", "rounds.0.b", "rounds.1.a", "rounds.1.b"]),
        ("rounds.1", ["rounds.1.a", "rounds.1.b"]),
        ("rounds.*.a", ["rounds.0.a", "rounds.1.a"]),
        ("round", []),
    ],
)
def test_a_selector_names_a_repeat_or_a_pass_of_it(checked: CheckedGraph, selector: str, nodes: list[str]) -> None:
    assert sorted(select(selector, checked)) == nodes


def test_each_pass_is_computed_again_by_itself(checked: CheckedGraph) -> None:
    parts = segments(["rounds"], checked)
    assert parts == [["rounds.0.a", "rounds.0.b"], ["rounds.1.a", "rounds.1.b"]]
    assert order_of_parts(parts, checked) == [["event"], *parts, ["c"]]
    assert order_of_parts([["rounds.0.a", "rounds.1.a"]], checked) is None
