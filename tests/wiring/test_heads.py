"""Outputs that are taken for what showers have, and the losses that train them: a contradiction is a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import load
from registry.contract.errors import InputError, Problems
from registry.wiring.learning import check_training
from tests.wiring.helpers import WITH_HEADS

GRAPH = (
    WITH_HEADS
    + """\
  place: {use: scalar_multiply, in: heads.position, with: {factor: 2.0}}
  refined: {use: keras.Dense, in: heads.time, with: {units: 1}}
  loss:
    use: object_condensation
    in: {"*": [heads, pre], "?": [position, time, time_uncertainty, truth_position, truth_time]}
    with: {energy_loss_weight: 0.0, classification_loss_weight: 0.0, use_energy_weights: false, %s}
outputs: {beta: heads.beta, ccoords: heads.ccoords, position: %s, time: %s}
"""
)
OFF = "position_loss_weight: 0.0, timing_loss_weight: 0.0"
STAGE = "{batch_size: 1000, epochs: 1, learning_rate: 1.0e-3%s}"
NONE = "position: null, time: null"


def warned(
    folder: Path,
    weights: str = OFF,
    columns: str = NONE,
    stages: tuple[str, ...] = ("",),
    position: str = "heads.position",
    time: str = "heads.time",
) -> list[str]:
    """Return what the check warns of in a graph with these weights of its loss and these columns of `Evaluation`."""
    (folder / "graph.yaml").write_text(GRAPH % (weights, position, time))
    written = ", ".join(STAGE % stage for stage in stages)
    (folder / "options.yaml").write_text(f"Training: [{written}]\nEvaluation: {{columns: {{{columns}}}}}\n")
    problems = Problems()
    check_training(load(folder / "graph.yaml").checked, problems)
    problems.raise_if_any()
    return [problem.render() for problem in problems.warnings if "Evaluation" in problem.message]


def test_what_no_loss_trains_and_nothing_takes_is_fine(tmp_path: Path) -> None:
    assert warned(tmp_path) == []


def test_what_a_loss_trains_and_showers_take_is_fine(tmp_path: Path) -> None:
    weights = "position_loss_weight: 1.0, timing_loss_weight: 0.5"
    assert warned(tmp_path, weights, "") == []
    assert warned(tmp_path, weights, "", position="place") == []


def test_an_output_that_is_taken_by_its_name_and_that_no_loss_trains_is_said_at_the_output(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, columns="time: null")
    assert "the output 'position' is taken for the position of showers, and no loss trains heads.position" in warning
    assert "graph.yaml:14:" in warning


def test_an_output_that_is_named_and_that_no_loss_trains_is_said_where_it_is_named(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, columns="position: null, time: time")
    assert "no loss trains heads.time" in warning
    assert "options.yaml:2:" in warning


def test_an_output_behind_a_layer_without_weights_is_that_before_it(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, columns="time: null", position="place")
    assert "no loss trains heads.position" in warning


def test_an_output_behind_a_layer_with_weights_that_the_loss_does_not_see_is_not_trained(tmp_path: Path) -> None:
    weights = "position_loss_weight: 0.0, timing_loss_weight: 1.0"
    (warning,) = warned(tmp_path, weights, "position: null", time="refined")
    assert "no loss trains refined" in warning


def test_what_a_loss_trains_and_null_leaves_out_is_said_at_the_null(tmp_path: Path) -> None:
    (warning,) = warned(tmp_path, "position_loss_weight: 0.1, timing_loss_weight: 0.0")
    assert "'position' is left out (null), and the loss 'loss' trains it" in warning
    assert "options.yaml:2:" in warning


@pytest.mark.parametrize("weights", [OFF, "position_loss_weight: 1.0, timing_loss_weight: 0.0"])
def test_a_term_that_a_stage_switches_on_or_keeps_for_a_while_trains(tmp_path: Path, weights: str) -> None:
    now = 1.0 if weights == OFF else 0.0
    later = f", set: {{loss: {{position_loss_weight: {now}}}}}"
    assert warned(tmp_path, weights, "time: null", ("", later)) == []


def test_a_loss_that_counts_in_no_stage_trains_nothing(tmp_path: Path) -> None:
    graph = GRAPH.replace("outputs:", "  small: {use: value_penalty, in: heads.beta}\noutputs:")
    (tmp_path / "graph.yaml").write_text(graph % ("position_loss_weight: 1.0", "heads.position", "heads.time"))
    stage = STAGE % ", loss_weights: {loss: 0}"
    (tmp_path / "options.yaml").write_text(f"Training: [{stage}]\nEvaluation: {{columns: {{time: null}}}}\n")
    problems = Problems()
    check_training(load(tmp_path / "graph.yaml").checked, problems)
    assert any("no loss trains heads.position" in str(problem) for problem in problems.warnings)


def test_a_loss_that_names_no_input_of_its_own_is_said_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(
        "from registry import Loss, Port, hookimpl\n\n\n"
        'class Small(Loss):\n    """Small."""\n\n    name = "small"\n    layer = "small_layer:X"\n'
        '    inputs = (Port("beta", "hits 1", "beta"),)\n\n'
        '    def idle_inputs(self):\n        return ["betta"]\n\n\n'
        "@hookimpl\ndef register_blocks():\n    return [Small]\n"
    )
    (tmp_path / "small_layer.py").write_text("class X: ...\n")
    graph = GRAPH.replace("outputs:", "  small: {use: small, in: heads.beta}\noutputs:")
    (tmp_path / "graph.yaml").write_text("plugins: [small.py]\n" + graph % (OFF, "heads.position", "heads.time"))
    (tmp_path / "options.yaml").write_text(f"Training: [{STAGE % ''}]\nEvaluation: {{columns: {{{NONE}}}}}\n")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "graph.yaml")
    assert "idle_inputs() returned ['betta']" in str(caught.value)
    assert "small.py:11:" in str(caught.value)
