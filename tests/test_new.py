"""`python -m registry.new project FOLDER` gives a folder in which the three main uses work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from registry.contract.errors import InputError
from registry.new import main
from tests.warm import warm

ROOT = Path(__file__).resolve().parents[1]
FEW = ["--set", "Training.0.epochs=1", "--set", "Data.options.train_events=4"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project, away from the checkout."""
    folder = tmp_path_factory.mktemp("somewhere") / "my_project"
    assert main(["project", str(folder)]) == 0
    return folder


def run(project: Path, *arguments: str, words: Sequence[str] = (sys.executable,)) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [*words, "-m", *arguments], capture_output=True, text=True, cwd=project, env=environment, timeout=500
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_overwritten(project: Path) -> None:
    before = (project / "README.md").read_text()
    with pytest.raises(InputError, match="is there already"):
        main(["project", str(project)])
    assert (project / "README.md").read_text() == before
    assert before.startswith("# my_project\n")


def test_its_plugin_is_part_of_its_graph(project: Path) -> None:
    assert "gain" in run(project, "registry.check", "graphs/first.yaml")


def test_the_graphs_of_the_tool_are_there_and_check(project: Path) -> None:
    assert "230,600 trainable weights" in run(project, "registry.check", "graphs/gravnet.yaml")


def test_its_graph_is_drawn(project: Path) -> None:
    run(project, "registry.render", "graphs/first.yaml", "-o", "first.svg")
    assert "gain" in (project / "first.svg").read_text()


@pytest.mark.long
def test_its_graph_trains(project: Path) -> None:
    assert "trained" in run(project, "registry.train", "graphs/first.yaml", *FEW, words=warm())
    assert len(list(project.glob("mlruns/local/*/model.keras"))) == 1
