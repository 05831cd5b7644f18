"""What stages ask for has an effect: contradictions are refused, what changes nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.configuration.reading import read_stages
from registry.contract.errors import Problems
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.selectors import trained
from registry.wiring.stages import check_options, settings
from tests.wiring.helpers import checked_graph_of

GRAPH = """\
blocks:
  event: {use: showers}
  a: {use: dense_loop, in: event.features, with: {units: [4, 4]}}
  b: {use: dense_loop, in: a, with: {units: [4, 4], dropout: 0.2}}
  c: {use: batch_normalization, in: b}
outputs: {x: c}
"""
STAGE = "batch_size: 1000, learning_rate: 0.1, epochs: 1"


def opened(folder: Path, *stages: str, more: str = "") -> CheckedGraph:
    written = ", ".join(f"{{{STAGE}, {stage}}}" if stage else f"{{{STAGE}}}" for stage in stages)
    return checked_graph_of(folder, GRAPH, f"Training: [{written}]\n{more}")


def said(folder: Path, *stages: str, more: str = "") -> list[str]:
    """Return what is wrong with the stages, and the warnings about them."""
    problems = Problems()
    check_options(opened(folder, *stages, more=more), problems)
    return [problem.message for problem in problems if "epochs count" not in problem.message]


def state(folder: Path, stage: str) -> dict[str, object]:
    """Return what the first stage sets, by "node.parameter", and which nodes it trains."""
    checked = opened(folder, stage)
    (first,) = read_stages(checked.expanded.config, Problems())
    values = {f"{item.node}.{item.name}": item.value for item in settings(first, checked)}
    return {**values, **trained(first, checked).values}


@pytest.mark.parametrize(
    ("first", "second"), [("a", "'*.dense_loop'"), ("'*.dense_loop'", "a"), ("'[a]'", "'?.dense_loop'")]
)
def test_of_two_selectors_the_more_specific_one_counts_in_either_order(tmp_path: Path, first: str, second: str) -> None:
    wide, narrow = sorted((first, second), key=lambda selector: "dense" not in selector)
    values = {wide: 0.5, narrow: 0.1}
    stage = f"set: {{{first}: {{dropout: {values[first]}}}, {second}: {{dropout: {values[second]}}}}}"
    assert said(tmp_path, stage) == []
    assert state(tmp_path, stage) == {"a.dropout": 0.1, "b.dropout": 0.5}


@pytest.mark.parametrize(
    ("first", "second"), [("'*.dense_loop'", "'[ab]'"), ("a", "'[a]'"), ("'[ab]'", "'?.dense_loop'")]
)
def test_two_selectors_of_the_same_nodes_with_different_values_are_an_error(
    tmp_path: Path, first: str, second: str
) -> None:
    (found,) = said(tmp_path, f"set: {{{first}: {{dropout: 0.1}}, {second}: {{dropout: 0.3}}}}")
    names = [selector.strip("'") for selector in (first, second)]
    assert found.startswith(f"Training.0.set: {names[1]!r} sets 'dropout' of 'a' to 0.3, and {names[0]!r} (")
    assert found.endswith("to 0.1")


def test_selectors_that_agree_are_no_contradiction(tmp_path: Path) -> None:
    assert said(tmp_path, "set: {'[ab]': {dropout: 0.1}, '*.dense_loop': {dropout: 0.1}}") == []


def test_all_but_one_may_be_frozen(tmp_path: Path) -> None:
    stage = "freeze: ['*'], unfreeze: [b]"
    assert said(tmp_path, stage) == []
    assert state(tmp_path, stage) == {"event": False, "a": False, "b": True, "c": False}


def test_a_node_that_is_frozen_and_trained_by_equal_selectors_is_an_error(tmp_path: Path) -> None:
    (found,) = said(tmp_path, "freeze: [a], unfreeze: ['[a]']")
    assert found.startswith("Training.0.unfreeze: '[a]' names 'a', which 'a' (")


def test_a_selector_that_sets_nothing_is_an_error(tmp_path: Path) -> None:
    assert said(tmp_path, "set: {a: {}}") == ["Training.0.set: 'a' names no parameter: it sets nothing"]


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        (("set: {b: {dropout: 0.2}}",), "Training.0.set: 'dropout' of 'b' is 0.2 already"),
        (("set: {b: {dropout: 0.3}}", "set: {b: {dropout: 0.3}}"), "Training.1.set: 'dropout' of 'b' is 0.3 already"),
        (("unfreeze: [a]",), "Training.0.unfreeze: what 'a' names is trained already"),
        (("freeze: [a]", "freeze: [a]"), "Training.1.freeze: what 'a' names is frozen already"),
        (("keep_every: 5",), "Training.0.keep_every: no epoch of the stage is a multiple of 5: no checkpoint is kept"),
        (
            ("stop_early: {metric: validation/loss, patience: 9}",),
            "Training.0.stop_early: the stage has 1 epoch: with a patience of 9 it never ends earlier",
        ),
        (("optimizer: {name: sgd, epsilon: 0.1}",), "Optimizer: 'epsilon' has no effect: sgd does not read it"),
    ],
)
def test_what_changes_nothing_is_a_warning(tmp_path: Path, stages: tuple[str, ...], message: str) -> None:
    assert said(tmp_path, *stages) == [message]


@pytest.mark.parametrize(
    ("options", "stage", "message"),
    [
        ("Optimizer: {name: lion, epsilon: 0.1}", "", "Optimizer: 'epsilon' has no effect: lion does not read it"),
        ("Optimizer: {name: adam}", "optimizer: {name: sgd}", "Optimizer: without effect, as the first stage"),
        ("Plotting: {plot_frequency: 3}", "", "Plotting: 'plot_frequency' has no effect: the graph has no monitor"),
    ],
)
def test_an_option_without_effect_is_a_warning(tmp_path: Path, options: str, stage: str, message: str) -> None:
    (found,) = said(tmp_path, stage, more=options)
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ("General: {seed: 4294967296}", "less than or equal to 4294967295"),
        ("General: {seed: -1}", "greater than or equal to 0"),
        ("General: {seed: 1.0}", "a valid integer"),
        ("General: {seed: true}", "a valid integer"),
        ("General: {experiment: ' a'}", "a name of printable characters"),
        ('General: {experiment: "a\\nb"}', "a name of printable characters"),
    ],
)
def test_seeds_and_experiments_that_a_run_could_not_have_are_refused(tmp_path: Path, more: str, part: str) -> None:
    (found,) = said(tmp_path, "", more=more)
    assert part in found


def test_kernels_that_are_not_there_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_KERNELS", "cuda")
    expected = "environment variable REGISTRY_KERNELS: expected one of auto, numba, tensorflow; received 'cuda'"
    assert said(tmp_path, "") == [expected]


@pytest.mark.parametrize("stage", ["epoch: null", "second: null", "label: null, other: null"])
def test_only_the_first_key_of_a_stage_is_its_label(tmp_path: Path, stage: str) -> None:
    problems = Problems()
    read_stages(checked_graph_of(tmp_path, GRAPH, f"Training: [{{{STAGE}, {stage}}}]").expanded.config, problems)
    assert all(problem.message.startswith("unknown parameter") for problem in problems.errors)
    assert len(problems.errors) == stage.count("null")


def test_what_a_block_says_of_its_parameters_holds_in_a_stage_too(tmp_path: Path) -> None:
    graph = GRAPH.replace("batch_normalization", "gooey_batchnorm")
    stage = "set: {c: {max_viscosity: 0.001}}"
    checked = checked_graph_of(tmp_path, graph, f"Training:\n  - {{{STAGE},\n     {stage}}}\n")
    problems = Problems()
    check_options(checked, problems)
    (found,) = problems.errors
    assert found.message == "max_viscosity 0.001 is below viscosity 0.01"
    assert ":3:" in found.headline()


def test_a_block_that_fails_with_the_parameters_of_a_stage_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "needing.py").write_text(
        "from registry import Block, BlockParams, Port, hookimpl, param\n\n\n"
        'class Needing(Block):\n    """Needs."""\n\n    name = "needing"\n    kind = "layer"\n'
        '    layer = "needing_layer:X"\n'
        '    inputs = (Port("x", "hits features", "x"),)\n    outputs = (Port("x", "hits features", "x"),)\n\n'
        '    class Params(BlockParams):\n        """One."""\n\n'
        '        width: float = param(1.0, "width", schedulable=True)\n\n'
        "    def required_inputs(self):\n"
        "        return [] if 1 / self.params.width else ()\n\n\n"
        "@hookimpl\ndef register_blocks():\n    return [Needing]\n"
    )
    (tmp_path / "needing_layer.py").write_text("class X: ...\n")
    graph = "plugins: [needing.py]\n" + GRAPH.replace("batch_normalization", "needing")
    checked = checked_graph_of(tmp_path, graph, f"Training: [{{{STAGE}, set: {{c: {{width: 0.0}}}}}}]\n")
    problems = Problems()
    check_options(checked, problems)
    (found,) = problems.errors
    assert "required_inputs() raised ZeroDivisionError" in found.message
    assert "needing.py:19:" in found.render()
