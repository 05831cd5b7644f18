"""A run is asked to stop by a file in its folder."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from registry.train import main
from registry.training.stopping import ask_to_stop
from tests.sweeping.stand_in import write_graph

pytestmark = pytest.mark.slow

FOLDER = Path("mlruns/local/attempt")


def train(*arguments: str) -> int:
    command = ["tiny.yaml", "--folder", "attempt", "--continue", "--set", "Training.0.epochs=30", "--tag", "by=hand"]
    return main([*command, *arguments])


def tags() -> dict[str, str]:
    (run,) = Path("mlruns/runs").iterdir()
    found: dict[str, str] = json.loads((run / "tags.json").read_text())
    return found


def status() -> str:
    (run,) = Path("mlruns/runs").iterdir()
    return str(json.loads((run / "run.json").read_text())["status"])


def test_a_run_that_is_asked_to_stop_ends_after_its_epoch_and_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_graph(tmp_path)
    monkeypatch.chdir(tmp_path)

    def ask() -> None:
        while not (FOLDER / "run.json").exists():
            time.sleep(0.01)
        ask_to_stop(FOLDER, "it looks bad")

    threading.Thread(target=ask, daemon=True).start()
    assert train() == 0
    assert (status(), tags()["stopped"], tags()["by"]) == ("KILLED", "it looks bad", "hand")
    epochs = len((FOLDER / "history.jsonl").read_text().splitlines())
    assert train() == 0
    assert "was asked to stop: it looks bad" in capsys.readouterr().out
    assert len((FOLDER / "history.jsonl").read_text().splitlines()) == epochs
