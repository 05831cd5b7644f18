"""The file of a saved model that is damaged, foreign or not finite is said to be so."""

from __future__ import annotations

import os
from pathlib import Path

import keras
import numpy as np
import pytest

from registry.compiling.saved_model import load_model
from registry.contract.errors import InputError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    inputs = keras.Input((2,))
    keras.Model(inputs, keras.layers.Dense(3, name="dense")(inputs)).save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def said(file: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_model(file)
    (problem,) = caught.value.problems
    return problem.message.removeprefix(f"{file} cannot be ")


def test_a_whole_file_is_loaded(file: Path) -> None:
    assert [layer.name for layer in load_model(file).layers][-1] == "dense"


@pytest.mark.parametrize(
    ("share", "what"),
    [
        (0.0, "the file is empty (0 bytes)"),
        (0.1, "the file is cut off or damaged"),
        (0.5, "the file is cut off or damaged"),
        (0.999, "the file is cut off or damaged"),
    ],
)
def test_a_file_that_is_cut_off(share: float, what: str, file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    assert said(file) == f"loaded: {what}"


def test_a_file_of_another_kind(file: Path) -> None:
    file.write_text("hello")
    assert said(file) == "loaded: it is no .keras file"
    with file.open("wb") as opened:
        np.savez(opened, a=np.arange(3))
    assert said(file) == "loaded: it is no .keras file of a model: it has no config.json"


def test_a_folder_and_a_pipe_are_no_files(file: Path) -> None:
    assert said(file.parent) == "loaded: expected a .keras file, received a folder"
    os.mkfifo(file.with_name("pipe.keras"))
    assert said(file.with_name("pipe.keras")) == "loaded: expected a .keras file, received a pipe"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_named(bad: float, file: Path) -> None:
    model = keras.models.load_model(file)
    kernel, bias = model.get_weights()
    kernel[1, 1] = bad
    model.set_weights([kernel, bias])
    model.save(file)
    assert said(file) == "used: not all of its weights are finite: dense/kernel"
