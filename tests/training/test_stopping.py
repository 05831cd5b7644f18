"""A run is asked to stop by a file in its folder."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from registry.contract.tracker import RunInfo
from registry.plugins.trackers.folder.tracker import FolderTracker
from registry.train import main
from registry.training.identity import RunCard
from registry.training.run_folder import read_card, write_card
from registry.training.stopping import ask_to_stop
from tests.sweeping.stand_in import write_graph

pytestmark = pytest.mark.slow

FOLDER = Path("mlruns/local/attempt")


def train(*arguments: str) -> int:
    command = ["tiny.yaml", "--folder", "attempt", "--continue", "--set", "Training.0.epochs=30", "--tag", "by=hand"]
    return main([*command, *arguments])


def recorded(file: str) -> dict[str, str]:
    """Return a file of the run whose folder it is."""
    found: dict[str, str] = json.loads((Path("mlruns/runs") / read_card(FOLDER).id / file).read_text())
    return found


def begin_and_vanish() -> str:
    """Leave what a run leaves that is killed before its first checkpoint; return its identifier."""
    tracker = FolderTracker("tiny", print)
    tracker.start(RunInfo("killed", "tiny"))
    FOLDER.mkdir(parents=True)
    write_card(FOLDER, RunCard(tracker.run_id, "killed", "folder"))
    return tracker.run_id


def test_a_run_that_is_asked_to_stop_ends_after_its_epoch_and_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_graph(tmp_path)
    monkeypatch.chdir(tmp_path)
    killed = begin_and_vanish()

    def ask() -> None:
        while read_card(FOLDER).id in ("", killed):
            time.sleep(0.01)
        ask_to_stop(FOLDER, "it looks bad")

    threading.Thread(target=ask, daemon=True).start()
    assert train() == 0
    assert recorded("run.json")["status"] == "KILLED"
    assert (recorded("tags.json")["stopped"], recorded("tags.json")["by"]) == ("it looks bad", "hand")
    # What was killed in the same folder, before it could say so, does not stay RUNNING.
    before = Path("mlruns/runs") / killed
    assert json.loads((before / "run.json").read_text())["status"] == "FAILED"
    assert "killed before it had saved a checkpoint" in (before / "files/failure.txt").read_text()
    epochs = len((FOLDER / "history.jsonl").read_text().splitlines())
    assert train() == 0
    assert "was asked to stop: it looks bad" in capsys.readouterr().out
    assert len((FOLDER / "history.jsonl").read_text().splitlines()) == epochs
