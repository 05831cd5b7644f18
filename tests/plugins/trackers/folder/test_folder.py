"""Runs as plain files: what is written is whole, whatever ends the run."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from registry.contract.errors import RunError
from registry.contract.tracker import Recorded, RunInfo
from registry.plugins.trackers.folder import layout
from registry.plugins.trackers.folder import tracker as module
from registry.plugins.trackers.folder.run_store import FolderRuns
from registry.plugins.trackers.folder.tracker import FolderTracker

INFO = RunInfo("net/1", "net", parameters={"a": "1"}, tags={"graph": "net"}, texts={"graph/x.yaml": "x: 1\n"})

ENDLESS = """
import os
from registry.contract.tracker import Recorded, RunInfo
from registry.plugins.trackers.folder.tracker import FolderTracker
tracker = FolderTracker("net", print)
tracker.connect()
tracker.start(RunInfo("net", "net"))
step = 0
while True:
    step += 1
    tracker.metrics({"loss": 1.0 / step, "term": float("nan")}, step)
    tracker.text("text " * 10_000, "findings/text.txt")
    if step == 50:
        print("ready", flush=True)
"""


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FolderTracker, list[str]]:
    """A tracker with an open run, and the warnings it gives."""
    monkeypatch.chdir(tmp_path)
    warnings: list[str] = []
    tracker = FolderTracker("net", warnings.append)
    tracker.connect()
    tracker.start(INFO)
    return tracker, warnings


def folder_of(tracker: FolderTracker) -> Path:
    assert tracker.folder is not None
    return tracker.folder


def test_the_folder_holds_plain_files(started: tuple[FolderTracker, list[str]]) -> None:
    tracker, _ = started
    tracker.metrics({"loss": 0.5, "term": float("inf")}, 20)
    tracker.finish("FINISHED")
    folder = folder_of(tracker)
    assert folder.parent == Path("mlruns/runs")
    assert folder.name.startswith("net_1-")
    assert json.loads((folder / "parameters.json").read_text()) == {"a": "1"}
    assert json.loads((folder / "tags.json").read_text()) == {"graph": "net"}
    head = json.loads((folder / "run.json").read_text())
    assert (head["name"], head["experiment"], head["status"]) == ("net/1", "net", "FINISHED")
    assert head["started"] <= head["ended"]
    (line,) = (folder / "metrics.jsonl").read_text().splitlines()
    assert json.loads(line) == {"step": 20, "time": pytest.approx(head["ended"], abs=60), "metrics": HALF}
    assert (folder / "files" / "graph" / "x.yaml").read_text() == "x: 1\n"


HALF = {"loss": 0.5, "term": "inf"}


def test_a_record_is_there_when_the_call_returns(started: tuple[FolderTracker, list[str]]) -> None:
    tracker, _ = started
    (summary,) = FolderRuns().runs("net")
    assert summary.status == "RUNNING"
    tracker.metrics({"loss": 0.5}, 20)
    assert [point.step for point in FolderRuns().metrics(summary.id)["loss"]] == [20]


def test_a_killed_run_leaves_files_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen([sys.executable, "-c", ENDLESS], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    monkeypatch.chdir(tmp_path)
    (run,) = FolderRuns().runs("net")
    assert run.status == "RUNNING"
    points = FolderRuns().metrics(run.id)["loss"]
    assert [point.step for point in points] == list(range(1, len(points) + 1))
    assert len(points) >= 50
    assert FolderRuns().files(run.id) == ["findings/text.txt"]
    assert FolderRuns().download(run.id, "findings/text.txt", tmp_path).read_text() == "text " * 10_000


def test_a_line_that_was_cut_off_is_left_out(started: tuple[FolderTracker, list[str]]) -> None:
    tracker, _ = started
    tracker.metrics({"loss": 0.5}, 20)
    with (folder_of(tracker) / "metrics.jsonl").open("a") as file:
        file.write('{"step": 40, "time": 17')
    assert [point.step for point in FolderRuns().metrics(folder_of(tracker).name)["loss"]] == [20]


def test_a_line_that_does_not_fit_on_the_disk_is_not_written_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "metrics.jsonl"
    layout.append_line(file, {"step": 1})
    # The file may have 4 more bytes: what a disk does that has no more room.
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from registry.plugins.trackers.folder.layout import append_line\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"path = Path({str(file)!r}); size = path.stat().st_size + 4\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
        "try: append_line(path, {'step': 2})\n"
        "except OSError as error: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
    assert file.read_text() == '{"step": 1}\n'


def test_a_disk_that_is_full_for_a_while_loses_nothing(
    started: tuple[FolderTracker, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker, warnings = started

    def full(path: Path, content: Mapping[str, object]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(module, "append_line", full)
        tracker.metrics({"loss": 1.0}, 1)
        tracker.text("a table", "findings/table.txt")
        tracker.metrics({"loss": 0.5}, 2)
    assert len(warnings) == 1
    assert "cannot be written (No space left on device); training goes on, and it is tried again" in warnings[0]
    tracker.metrics({"loss": 0.25}, 3)
    tracker.finish("FINISHED")
    assert warnings[1:] == ["recording works again; nothing was lost"]
    run = folder_of(tracker).name
    assert [point.step for point in FolderRuns().metrics(run)["loss"]] == [1, 2, 3]
    assert "findings/table.txt" in FolderRuns().files(run)


def test_what_could_never_be_written_is_said_at_the_end(
    started: tuple[FolderTracker, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker, warnings = started

    def full(path: Path, content: Mapping[str, object]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(module, "append_line", full)
    tracker.metrics({"loss": 1.0}, 1)
    tracker.finish("FINISHED")
    assert warnings[-1].startswith("2 records of this run could not be written to mlruns/runs/net_1-")


def test_a_file_that_is_gone_is_left_out_with_a_warning(started: tuple[FolderTracker, list[str]]) -> None:
    tracker, warnings = started
    tracker.artifact(Path("nowhere.png"), "plots")
    tracker.metrics({"loss": 1.0}, 1)
    assert warnings == ["not recorded, and not tried again: nowhere.png: No such file or directory"]


def test_where_no_run_can_be_recorded_is_an_error_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mlruns").write_text("a file")
    with pytest.raises(RunError, match="runs cannot be recorded in mlruns/runs: "):
        FolderTracker("net", print).connect()


def test_runs_that_start_together_have_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def start() -> None:
        tracker = FolderTracker("net", print)
        tracker.connect()
        tracker.start(INFO)

    threads = [threading.Thread(target=start) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = FolderRuns()
    assert len(runs.runs("net")) == 20
    assert len(runs.find("net/1")) == 20


def test_a_run_elsewhere_is_found_by_its_folder(
    started: tuple[FolderTracker, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker, _ = started
    tracker.metrics({"loss": 0.5}, 20)
    folder = tmp_path / folder_of(tracker)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (run,) = FolderRuns().find(str(folder))
    assert run.id == str(folder)
    assert FolderRuns().parameters(run.id) == {"a": "1"}
    assert [point.value for point in FolderRuns().metrics(run.id)["loss"]] == [0.5]


def test_a_resumed_run_has_the_history_it_goes_on_from_and_no_more(
    started: tuple[FolderTracker, list[str]],
) -> None:
    tracker, warnings = started
    tracker.metrics({"loss": 1.0, "term": float("nan")}, 1)
    tracker.metrics({"loss": 0.5}, 2)
    tracker.finish("KILLED")
    again = FolderTracker("another experiment", warnings.append)
    again.connect()
    info = RunInfo("another name", "net", parameters={"a": "1", "b": "2"}, tags={"resumed.1": "from step 1"})
    again.resume(tracker.run_id, info, [Recorded(1, 7.0, {"loss": 1.0, "term": float("nan")})])
    (summary,) = FolderRuns().runs("net")
    assert (summary.id, summary.name, summary.status) == (tracker.run_id, "net/1", "RUNNING")
    again.metrics({"loss": 0.25}, 2)
    again.finish("FINISHED")
    (summary,) = FolderRuns().runs("net")
    assert summary.status == "FINISHED"
    points = FolderRuns().metrics(tracker.run_id)["loss"]
    assert [(point.step, point.value) for point in points] == [(1, 1.0), (2, 0.25)]
    assert FolderRuns().parameters(tracker.run_id) == {"a": "1", "b": "2"}


def test_a_run_that_is_not_there_is_not_resumed(started: tuple[FolderTracker, list[str]]) -> None:
    tracker, _ = started
    with pytest.raises(RunError, match=r"the run cannot be recorded in net-0: No such file"):
        tracker.resume("net-0", INFO, [])
