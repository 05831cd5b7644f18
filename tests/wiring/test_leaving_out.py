"""`General.without` leaves nodes out of a graph where the shapes allow it."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import InputError
from registry.wiring.checked_graph import CheckedGraph, Ref
from registry.wiring.opening import open_graph

GRAPH = """\
name: small
blocks:
  event: {use: showers}
  pre: {use: preprocess.none, in: event}
  wide: {use: dense_loop, in: pre.features, with: {units: [8]}}
  steps:
    repeat: [{}, {}, {}]
    carry: {x: wide}
    blocks:
      dense: {use: dense_loop, in: x, with: {units: [8]}}
      norm: {use: layer_normalization, in: dense}
      both: {use: concatenate, in: [norm, x]}
      back: {use: dense_loop, in: both, with: {units: [8]}}
    next: {x: back}
  side: {use: dense_loop, in: pre.features, with: {units: [2]}}
  mixed: {use: concatenate, in: [steps.x, side]}
  score: {use: dense_loop, in: mixed, with: {units: [1], activation: sigmoid}}
  loss: {use: not_noise, in: {score: score, truth_index: pre.truth_index}}
outputs: {score: score, wide: steps.x}
"""


def without(folder: Path, *names: str) -> CheckedGraph:
    path = folder / "small.yaml"
    path.write_text(GRAPH)
    return open_graph(str(path), sets=[f"General.without=[{', '.join(map(repr, names))}]"])


def test_what_took_from_a_node_takes_what_it_took(tmp_path: Path) -> None:
    checked = without(tmp_path, "steps.1.norm")
    assert "steps.1.norm" not in checked.nodes
    assert checked.nodes["steps.1.both"].sources() == [Ref("steps.1.dense", "x"), Ref("steps.0.back", "x")]


def test_the_width_may_change_where_everything_behind_takes_any(tmp_path: Path) -> None:
    checked = without(tmp_path, "wide")
    assert checked.nodes["steps.0.dense"].sources() == [Ref("pre", "features")]
    assert checked.nodes["steps.0.dense"].weights.trainable == 10 * 8 + 8


def test_a_pass_of_a_repeat_goes_as_one_and_outputs_follow(tmp_path: Path) -> None:
    checked = without(tmp_path, "steps.2")
    assert [path for path in checked.nodes if path.startswith("steps.2")] == []
    assert checked.outputs["wide"] == Ref("steps.1.back", "x")


def test_a_whole_repeat_goes_as_one(tmp_path: Path) -> None:
    checked = without(tmp_path, "steps")
    assert checked.nodes["mixed"].sources() == [Ref("wide", "x"), Ref("side", "x")]


def test_a_pattern_names_nodes_of_every_pass(tmp_path: Path) -> None:
    checked = without(tmp_path, "*.layer_normalization")
    assert [path for path in checked.nodes if path.endswith("norm")] == []


def test_what_only_the_node_had_needed_goes_with_it(tmp_path: Path) -> None:
    checked = without(tmp_path, "mixed")
    assert checked.nodes["score"].sources() == [Ref("steps.2.back", "x")]
    assert "side" not in checked.nodes


def test_several_that_follow_each_other_go_together(tmp_path: Path) -> None:
    checked = without(tmp_path, "steps.0.norm", "steps.0.dense")
    assert checked.nodes["steps.0.both"].sources() == [Ref("wide", "x"), Ref("wide", "x")]


def test_other_numbers_of_the_graph_stay(tmp_path: Path) -> None:
    whole, less = without(tmp_path), without(tmp_path, "steps.1.norm")
    assert {path for path in whole.nodes if path not in less.nodes} == {"steps.1.norm"}
    assert whole.trainable - less.trainable == 16


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("event", "the loader cannot be left out"),
        ("stpes", "did you mean 'steps'?"),
        ("score", "score cannot be left out: loss: input 'score': expected [hits 1]"),
    ],
)
def test_what_cannot_go_is_refused_by_name(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        without(tmp_path, name)
    assert said in str(error.value)
    assert {str(problem.origin).split("=")[0] for problem in error.value.problems} == {"--set General.without"}
