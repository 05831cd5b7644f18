"""The local store and the tracking server: what is opened, and what is said if it cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException, get_error_code

from registry.contract.errors import RunError
from registry.contract.tracker import Naming, RunInfo
from registry.deliver import main as deliver
from registry.plugins.trackers.mlflow.client import naming, open_experiment, root_cause, run_error
from registry.plugins.trackers.mlflow.run_store import MlflowRuns
from registry.plugins.trackers.mlflow.tracker import MlflowTracker
from tests.stores import make_store

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


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://me:secret@host:1/x", "http://me:***@host:1/x"),
        (
            "postgresql://me@host/db?password=secret&sslmode=require",
            "postgresql://me@host/db?password=***&sslmode=require",
        ),
        ("https://host/api?x=1&api_key=secret", "https://host/api?x=1&api_key=***"),
        ("sqlite:///mlruns/mlflow.db", "sqlite:///mlruns/mlflow.db"),
    ],
)
def test_passwords_of_the_store_are_not_shown(address: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    assert MlflowRuns().place().split()[0].rstrip(",") == shown
    assert "secret" not in str(run_error(address, ValueError(f"no {address}")))


@pytest.mark.parametrize(
    ("address", "database"),
    [
        ("./mlruns", "sqlite:///mlruns/mlflow.db"),
        ("mlruns/", "sqlite:///mlruns/mlflow.db"),
        ("/data/mlruns", "sqlite:////data/mlruns/mlflow.db"),
        ("file:///data/mlruns", "sqlite:////data/mlruns/mlflow.db"),
        ("file:mlruns", "sqlite:///mlruns/mlflow.db"),
    ],
)
def test_a_folder_of_mlflow_2_is_refused_with_what_to_write_instead(
    address: str, database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    with pytest.raises(RunError) as raised:
        MlflowTracker("experiment").connect()
    message = str(raised.value)
    assert message.startswith(f"MLFLOW_TRACKING_URI={address} is a folder")
    assert f"write {database} instead" in message
    assert "MLFLOW_ALLOW_FILE_STORE=true" in message
    with pytest.raises(RunError, match="is a folder"):
        MlflowRuns().find("any")
    assert not list(tmp_path.iterdir())


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
@pytest.mark.parametrize(("code", "variable"), [(401, "TRACKING_PASSWORD"), (403, "TRACKING_TOKEN"), (500, "start it")])
def test_a_server_that_does_not_know_the_user_is_told_who_it_is_by_variables(code: int, variable: str) -> None:
    error = MlflowException("refused", get_error_code(code))
    assert variable in str(run_error("http://127.0.0.1:5000", error))


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
    make_store(tmp_path)
    tracker = MlflowTracker("experiment")
    tracker.connect()
    tracker.client.delete_experiment("1")
    with pytest.raises(RunError, match="experiment 'experiment' was deleted") as raised:
        MlflowTracker("experiment").connect()
    assert "mlflow experiments restore --experiment-id 1" in str(raised.value)


@pytest.mark.long
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


def test_the_variables_of_mlflow_name_experiment_and_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EXPERIMENT_NAME", "EXPERIMENT_ID", "RUN_NAME"):
        monkeypatch.delenv(f"MLFLOW_{name}", raising=False)
    assert naming() == Naming()
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "showers")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "99")
    monkeypatch.setenv("MLFLOW_RUN_NAME", "first try")
    assert naming() == Naming("showers", "first try", "MLFLOW_EXPERIMENT_NAME=showers")


@pytest.mark.slow
def test_an_experiment_and_a_run_can_be_named_by_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    monkeypatch.chdir(tmp_path)
    make_store(tmp_path)
    first = MlflowTracker("showers")
    first.connect()
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "1")
    assert naming().experiment == "showers"
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "77")
    with pytest.raises(RunError, match="MLFLOW_EXPERIMENT_ID=77"):
        naming()
    made = first.client.create_run("1").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", made)
    first.start(RunInfo("net", "showers", tags={"fingerprint.code": "0123"}))
    first.finish("FINISHED")
    assert first.run_id == made
    second = MlflowTracker("showers")
    with pytest.raises(RunError, match=f"MLFLOW_RUN_ID={made} names a run that has recorded a training"):
        second.start(RunInfo("net", "showers"))


@pytest.mark.slow
def test_the_default_experiment_keeps_its_files_with_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    tracker = MlflowTracker("Default")
    tracker.connect()
    tracker.start(RunInfo("net", "Default", texts={"a.txt": "text"}))
    tracker.finish("FINISHED")
    assert tracker.client.get_run(tracker.run_id).info.artifact_uri.startswith("mlruns/artifacts/0/")
    assert tracker.undelivered() == ""


@pytest.mark.slow
def test_the_records_of_a_deleted_run_wait_until_it_is_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    make_store(tmp_path)
    warnings: list[str] = []
    tracker = MlflowTracker("showers", warnings.append)
    tracker.connect()
    tracker.start(RunInfo("net", "showers"))
    tracker.client.delete_run(tracker.run_id)
    for step in range(3):
        tracker.metrics({"loss": 1.0}, step)
    tracker.text("table", "a.txt")
    tracker.finish("FINISHED")
    assert len(warnings) == 2
    assert f"mlflow runs restore --run-id {tracker.run_id}" in warnings[0]
    assert deliver([]) == 1
    assert "runs restore" in capsys.readouterr().err
    tracker.client.restore_run(tracker.run_id)
    for said in (f"run {tracker.run_id} (net): 5 records delivered, FINISHED\n", "nothing is undelivered in mlruns\n"):
        assert deliver([]) == 0
        assert capsys.readouterr().out == said
    run = tracker.client.get_run(tracker.run_id)
    assert run.info.status == "FINISHED"
    assert [item.step for item in tracker.client.get_metric_history(tracker.run_id, "loss")] == [0, 1, 2]
    assert [item.path for item in tracker.client.list_artifacts(tracker.run_id)] == ["a.txt"]


def test_a_local_store_that_is_no_database_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").write_bytes(b"something else, cut off")
    started = time.monotonic()
    with pytest.raises(RunError, match=r"mlruns/mlflow.db is no SQLite database"):
        open_experiment("tiny")
    assert time.monotonic() - started < 20
