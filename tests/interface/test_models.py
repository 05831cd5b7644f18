"""A trained model is loaded with the plugins it needs, from a file or from a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import registry
from registry.interface.prediction import predict
from tests.loading.test_places import plugin, write

LAYER = """
import keras
from helpers import FACTOR
from registry import BlockLayer


@keras.saving.register_keras_serializable("kept")
class Layer(BlockLayer):
    def call(self, x):
        return x * FACTOR
"""

GRAPH = """
name: kept
plugins: theirs/kept_blocks.py
config: options.yaml
blocks:
  event: {use: showers, with: {train_events: 4, validation_events: 2, test_events: 2, max_showers: 4}}
  pre: {use: preprocess.none, in: event}
  kept: {use: kept, in: pre.features}
  heads: {use: output_heads, in: kept, with: {n_ccoords: 2}}
  loss: {use: not_noise, in: {score: heads.beta, truth_index: pre.truth_index}}
outputs: {beta: heads.beta, x: kept, before: pre.features}
"""


@pytest.mark.slow
def test_a_run_and_its_model_are_used_when_the_folder_of_the_plugin_holds_something_else_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "theirs", layers=LAYER, helpers="FACTOR = 2")
    plugin(tmp_path / "theirs", "kept")
    (tmp_path / "graph.yaml").write_text(GRAPH)
    (tmp_path / "options.yaml").write_text(
        "General: {tracker: folder, experiment: kept}\n"
        "Training: [{batch_size: 5000, learning_rate: 1.0e-3, epochs: 1}]\n"
    )
    run = registry.train("graph.yaml")
    events = registry.load("graph.yaml").source().read("test", np.arange(1), None)

    def factor(model: object) -> float:
        found = predict(model, events)  # type: ignore[arg-type]
        return float(np.sum(np.abs(found["x"])) / np.sum(np.abs(found["before"])))

    write(tmp_path / "theirs", helpers="FACTOR = 3")
    capsys.readouterr()
    assert factor(run.model()) == pytest.approx(2)
    assert "is another one now; the copy of kept_blocks.py that the file carries is used" in capsys.readouterr().err
    shutil.rmtree(tmp_path / "theirs")
    (tmp_path / "graph.yaml").unlink()
    assert factor(registry.load_model(f"run:{run.id}")) == pytest.approx(2)
    assert not capsys.readouterr().err
    again = registry.train(f"run:{run.id}")
    assert factor(again.model()) == pytest.approx(2)
    assert registry.diff(run, again).equal
    prints = registry.runs("kept")["fingerprint.code"]
    assert len(prints) == 2
    assert len(set(prints)) == 1
    moved = shutil.copy(run.folder / "model.keras", tmp_path / "elsewhere.keras")
    with pytest.raises(registry.InputError, match=r"needs the block 'kept' of the plugin '.*kept_blocks\.py'"):
        registry.load_model(moved)
    assert factor(registry.load_model(moved, "kept")) == pytest.approx(2)
