"""The local store and the tracking server: what is opened, and what is said if it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from registry.contract.errors import RunError
from registry.contract.tracker import RunInfo
from registry.plugins.trackers.mlflow.client import root_cause, without_password
from registry.plugins.trackers.mlflow.tracker import MlflowTracker

READ_BACK = """
import sys
from mlflow import MlflowClient, artifacts
store = "sqlite:///mlruns/mlflow.db"
run = MlflowClient(store).get_run(sys.argv[1])
folder = artifacts.download_artifacts(run_id=sys.argv[1], tracking_uri=store, dst_path=sys.argv[2])
print(run.info.status, run.data.params["a.b"], open(folder + "/graph/x.yaml").read().strip())
"""


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('a: b (Caused by NewConnectionError("H(h=1): Failed: [Errno 111] Connection refused"))', "Connection refused"),
        ("a (Caused by E('Connection to x timed out. (connect timeout=3)'))", "timed out. (connect timeout=3"),
        ("plain reason\nmore", "plain reason"),
        ("(raised as a result of Query-invoked autoflush)\n(sqlite3.Error) disk is full\n[SQL]", "disk is full"),
        ("", "OSError"),
    ],
)
def test_an_error_is_cut_to_what_it_goes_back_to(text: str, cause: str) -> None:
    found = root_cause(OSError(text))
    assert found.endswith(cause)
    assert "Caused by" not in found


def test_passwords_are_not_shown() -> None:
    assert without_password("http://me:secret@host:1/x") == "http://me:***@host:1/x"
    assert without_password("sqlite:///mlruns/mlflow.db") == "sqlite:///mlruns/mlflow.db"


def test_an_unreachable_server_is_a_clear_error_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(RunError) as raised:
        MlflowTracker("experiment").connect()
    message = str(raised.value)
    assert message.startswith("the tracking server http://me:***@127.0.0.1:9 (MLFLOW_TRACKING_URI) cannot be used: ")
    assert "Connection refused" in message
    assert "unset MLFLOW_TRACKING_URI" in message
    assert "secret" not in message


@pytest.mark.slow
def test_a_store_that_was_moved_is_still_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    monkeypatch.chdir(first)
    tracker = MlflowTracker("experiment")
    tracker.connect()
    tracker.start(RunInfo("run", "experiment", parameters={"a[b]": "7"}, texts={"graph/x.yaml": "x: 1\n"}))
    tracker.finish("FINISHED")
    assert tracker.client.get_run(tracker.run_id).info.artifact_uri.startswith("mlruns/artifacts/")
    monkeypatch.chdir(tmp_path)
    shutil.move(first, second)
    command = [sys.executable, "-c", READ_BACK, tracker.run_id, str(tmp_path)]
    done = subprocess.run(command, cwd=second, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["FINISHED", "7", "x:", "1"], done.stderr


@pytest.mark.slow
def test_a_deleted_experiment_is_named_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    tracker = MlflowTracker("experiment")
    tracker.connect()
    tracker.client.delete_experiment("1")
    with pytest.raises(RunError, match="experiment 'experiment' was deleted") as raised:
        MlflowTracker("experiment").connect()
    assert "mlflow experiments restore --experiment-id 1" in str(raised.value)


@pytest.mark.slow
def test_runs_that_start_together_in_a_new_folder_share_its_store(tmp_path: Path) -> None:
    code = "from registry.plugins.trackers.mlflow.client import open_experiment; print(open_experiment('together')[1])"
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    root = str(Path(__file__).parents[4])
    environment["PYTHONPATH"] = os.pathsep.join([root, environment.get("PYTHONPATH", "")])
    started = [
        subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    found = [process.communicate(timeout=120)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(set(found)) == 1
