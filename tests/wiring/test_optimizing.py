"""Values that Keras's optimisers refuse are found by the check, by their source."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import Problems
from registry.wiring.stages import check_options
from tests.wiring.helpers import checked_graph_of

GRAPH = """\
blocks:
  event: {use: showers}
  a: {use: dense_loop, in: event.features, with: {units: [4]}}
outputs: {x: a}
"""


def said(folder: Path, optimizer: str, stage: str = "") -> list[str]:
    """Return what is wrong with an optimiser, with the place of each."""
    options = f"Training: [{{batch_size: 1000, learning_rate: 0.1, epochs: 1{stage}}}]\nOptimizer: {optimizer}\n"
    problems = Problems()
    check_options(checked_graph_of(folder, GRAPH, options), problems)
    return [problem.render() for problem in problems.errors]


@pytest.mark.parametrize(
    ("written", "part", "place"),
    [
        ("{name: sgd, momentum: 1.5}", "Optimizer: Keras refuses 'momentum' of sgd: `momentum` must be", "2:34"),
        ("{name: sgd, momentum: 1}", "Keras refuses 'momentum' of sgd", "2:34"),
        ("{name: lion, beta_1: 0.0}", "Keras refuses 'beta_1' of lion", "2:33"),
        ("{name: ftrl, learning_rate_power: 1.0}", "Keras refuses 'learning_rate_power' of ftrl", "2:46"),
    ],
)
def test_a_value_that_keras_refuses_is_said_at_its_place(tmp_path: Path, written: str, part: str, place: str) -> None:
    (found,) = said(tmp_path, written)
    assert part in found
    assert f":{place}:" in found


@pytest.mark.parametrize(
    "written",
    [
        "{name: sgd, momentum: 0.9}",
        "{name: adam, beta_1: 0.0}",
        "{name: ftrl, learning_rate_power: -0.5}",
        "{name: lion}",
    ],
)
def test_values_that_keras_takes_are_right(tmp_path: Path, written: str) -> None:
    assert said(tmp_path, written) == []


def test_a_parameter_that_there_is_not_is_one_mistake(tmp_path: Path) -> None:
    (found,) = said(tmp_path, "{name: nadam, momentum: 0.9}")
    assert "the optimiser 'nadam' has no parameter 'momentum'" in found


def test_the_optimiser_of_a_stage_is_looked_at_too(tmp_path: Path) -> None:
    (found,) = said(tmp_path, "{name: adam}", ", optimizer: {name: sgd, momentum: 1.5}")
    assert "Training.0.optimizer: Keras refuses 'momentum' of sgd" in found
