"""Graphs with one block of a plugin, trained in this process: what a plugin's author meets."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.console.command import run_command
from registry.train import main

HEAD = """import keras
import numpy as np
import tensorflow as tf
from registry import Block, BlockLayer, BlockParams, Callback, Loss, MonitorBlock, Port, Weights, hookimpl, param
from registry.contract.loss_layer import LossLayer


"""

GRAPH = """\
name: authored
config: options.yaml
plugins: [{plugin}.py]
blocks:
  event: {{use: showers, with: {{train_events: 6, validation_events: 2, test_events: 1, max_showers: 3}}}}
  dense: {{use: dense_loop, in: event.features, with: {{units: [4], {dense}}}}}
{nodes}
  heads: {{use: output_heads, in: {heads}, with: {{n_ccoords: 2}}}}
  loss: {{use: not_noise, in: {{score: {score}, truth_index: event.truth_index}}}}
outputs: {{beta: heads.beta, row_splits: event.row_splits}}
"""

OPTIONS = """\
General: {seed: 3, tracker: folder}
Training:
  - {batch_size: 2000, learning_rate: 1.0e-2, epochs: 2}
Plotting: {record_frequency: 1, plot_frequency: 1}
"""


@dataclass(frozen=True)
class Ended:
    """How a training in a folder ended."""

    status: int
    shown: str
    errors: str
    folder: Path

    @property
    def recorded(self) -> str:
        """The status that the tracker has recorded; empty if no run was opened."""
        found = list(self.folder.glob("mlruns/runs/*/run.json"))
        return str(json.loads(found[0].read_text())["status"]) if found else ""

    def files(self, name: str) -> list[Path]:
        """Return the files of that name among those that the tracker keeps."""
        return list((self.folder / "mlruns" / "runs").rglob(name))


class Author:
    """Writes a plugin and a graph into a folder, and trains it."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str], name: str) -> None:
        self.folder, self.capture, self.name = folder, capture, name

    def train(self, plugin: str, *arguments: str, **written: str) -> Ended:
        """Train with a plugin's text, behind the usual imports; `written`: what of the graph is not as usual."""
        usual = {"nodes": "", "heads": "dense", "dense": "", "score": "heads.beta"}
        (self.folder / f"{self.name}.py").write_text(HEAD + plugin)
        (self.folder / "graph.yaml").write_text(GRAPH.format(plugin=self.name, **(usual | written)))
        (self.folder / "options.yaml").write_text(OPTIONS)
        self.capture.readouterr()
        status = run_command(lambda: main(["graph.yaml", *arguments]))
        shown = self.capture.readouterr()
        assert "Traceback" not in shown.err
        return Ended(status, shown.out, shown.err, self.folder)


@pytest.fixture
def author(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Author:
    """A folder of an author's own, with a plugin file of a name of its own."""
    monkeypatch.chdir(tmp_path)
    name = "plugin_" + "".join(letter if letter.isalnum() else "_" for letter in request.node.name)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return Author(tmp_path, capsys, name)
