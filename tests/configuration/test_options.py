"""Stages as HGCalML's files have them."""

from __future__ import annotations

from registry.configuration.reading import read_options
from registry.contract.errors import Problems
from registry.language.yaml_reader import read_yaml

LABELLED = """
Training:
  - stage_1:
    batch_size: 10
    learning_rate: 0.1
    epochs: 1
"""


def test_a_label_written_as_a_key_without_a_value_names_the_stage() -> None:
    problems = Problems()
    value = read_yaml(LABELLED, "options.yaml", problems)
    assert value is not None
    options = read_options(value, problems)
    assert options is not None
    assert not problems.errors
    assert [(stage.label, stage.options.epochs) for stage in options.stages] == [("stage_1", 1)]


def test_a_misspelt_choice_is_told_with_the_near_one() -> None:
    problems = Problems()
    value = read_yaml("Optimizer: {name: admw}", "options.yaml", problems)
    assert value is not None
    read_options(value, problems)
    (problem,) = problems.errors
    assert "did you mean 'adamw'?" in problem.message
