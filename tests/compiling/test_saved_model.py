"""A saved model that cannot be loaded is an error in the input, with the reason in a line or two."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest

from registry.compiling.saved_model import load_model
from registry.contract.errors import InputError, Problem


def problem_of(path: Path) -> Problem:
    with pytest.raises(InputError) as caught:
        load_model(path)
    (problem,) = caught.value.problems
    assert "\n" not in problem.message
    return problem


def test_a_missing_file_is_named_with_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_text("")
    problem = problem_of(tmp_path / "modl.keras")
    assert problem.message == f"{tmp_path / 'modl.keras'}: there is no such file"
    assert problem.hint == "did you mean 'model.keras'?"


def test_a_file_that_is_no_model_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_text("none")
    assert problem_of(tmp_path / "model.keras").message.startswith(f"{tmp_path / 'model.keras'} cannot be loaded: ")


def test_a_layer_of_a_plugin_that_is_not_loaded_is_named_with_the_way_to_load_it(tmp_path: Path) -> None:
    class OfAnotherPlugin(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
            return inputs

    inputs = keras.Input((2,))
    keras.Model(inputs, OfAnotherPlugin()(inputs)).save(tmp_path / "model.keras")
    problem = problem_of(tmp_path / "model.keras")
    assert "'OfAnotherPlugin', belongs to no plugin that is loaded" in problem.message
    assert problem.hint == "name its plugin: plugins=[...], or --plugin FILE_OR_MODULE"
