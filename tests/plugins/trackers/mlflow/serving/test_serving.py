"""Runs of a folder that was moved, is read-only, or kept in another way are shown by mlflow's server."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from registry.contract.errors import RunError
from registry.contract.tracker import RunInfo
from registry.loading.blocks import load_registry
from registry.plugins.trackers.mlflow.serving import gathering
from registry.plugins.trackers.mlflow.serving.gathering import add_histories, gather
from registry.serve import main
from tests.stores import make_store

INFO = RunInfo(
    name="net n=32",
    experiment="net",
    command="python -m registry.train net.yaml",
    parameters={"Training.0.epochs": "2"},
    tags={"graph": "net"},
    texts={"graph/config.yaml": "General: {seed: 1}\n"},
    description="a trial",
)


def record(tracker: str) -> None:
    """Record a run in the working folder."""
    made = load_registry().trackings[tracker].tracker("net", print)
    made.connect()
    made.start(INFO)
    for step in (20, 40):
        made.metrics({"train/loss": 1 / step, "train/empty": math.nan, "train/far": -math.inf}, step)
    made.finish("FINISHED")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A moved, read-only `mlruns` with a run of mlflow's, and one that is kept as plain files."""
    folder = tmp_path_factory.mktemp("here")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(folder)
        make_store(folder)
        record("mlflow")
        record("folder")
    moved = tmp_path_factory.mktemp("there") / "copy of mlruns"
    shutil.move(folder / "mlruns", moved)
    moved.chmod(0o555)
    yield moved
    moved.chmod(0o755)


def table(database: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as opened:
        return opened.execute(question).fetchall()


@pytest.mark.slow
def test_both_ways_of_keeping_runs_are_gathered_in_one_database(runs: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in runs.iterdir())
    assert gather(runs, tmp_path / "all.db", print) == 2
    assert sorted(path.name for path in runs.iterdir()) == before
    found = table(tmp_path / "all.db", "SELECT name, status, artifact_uri FROM runs")
    assert {(name, status) for name, status, _ in found} == {("net n=32", "FINISHED")}
    assert all((Path(place) / "graph" / "config.yaml").is_file() for _, _, place in found)
    question = "SELECT count(DISTINCT run_uuid) FROM params WHERE key = 'Training.0.epochs'"
    assert table(tmp_path / "all.db", question) == [(2,)]
    last = table(tmp_path / "all.db", "SELECT key, value, step, is_nan FROM latest_metrics WHERE key LIKE 'train/%'")
    assert sorted(last) == sorted(
        2 * [("train/empty", 0.0, 40, 1), ("train/far", -sys.float_info.max, 40, 0), ("train/loss", 0.025, 40, 0)]
    )
    for _ in range(2):
        add_histories(runs, tmp_path / "all.db")
        question = "SELECT value, step, count(*) FROM metrics WHERE key = 'train/loss' GROUP BY step, value"
        assert table(tmp_path / "all.db", question) == [(0.05, 20, 2), (0.025, 40, 2)]
    notes = {text for (text,) in table(tmp_path / "all.db", "SELECT value FROM tags WHERE key = 'mlflow.note.content'")}
    assert notes == {"a trial"}


@pytest.mark.long
def test_the_server_shows_them_until_it_is_interrupted(runs: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "registry.serve", str(runs), "--port", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    assert process.stdout is not None
    assert f"2 runs of {runs}" in (shown := process.stdout.readline())
    assert f"http://127.0.0.1:{port} " in shown
    body = json.dumps({"experiment_ids": ["1"]}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/ajax-api/2.0/mlflow/runs/search", body, {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    found = json.loads(opener.open(request, timeout=30).read())["runs"]
    for run in found:
        address = f"http://127.0.0.1:{port}/get-artifact?path=graph/config.yaml&run_id={run['info']['run_id']}"
        assert opener.open(address, timeout=30).read() == b"General: {seed: 1}\n"
    assert len(found) == 2
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert not list(tmp_path.iterdir())


META = """\
artifact_location: file:///home/somebody/mlruns/1
creation_time: 1700000000000
experiment_id: '1'
last_update_time: 1700000000000
lifecycle_stage: active
name: old
"""

RUN_META = """\
artifact_uri: file:///home/somebody/mlruns/1/0123456789abcdef0123456789abcdef/artifacts
end_time: 1700000001000
entry_point_name: ''
experiment_id: '1'
lifecycle_stage: active
run_id: 0123456789abcdef0123456789abcdef
run_name: old-run
run_uuid: 0123456789abcdef0123456789abcdef
source_name: ''
source_type: 4
source_version: ''
start_time: 1700000000000
status: 3
tags: []
user_id: somebody
"""


@pytest.mark.slow
def test_a_store_of_mlflow_2_is_translated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "mlruns" / "1" / "0123456789abcdef0123456789abcdef"
    for name in ("artifacts", "metrics", "params", "tags"):
        (run / name).mkdir(parents=True)
    (run.parent / "meta.yaml").write_text(META)
    (run / "meta.yaml").write_text(RUN_META)
    (run / "metrics" / "loss").write_text("1700000000500 0.5 1\n")
    (run / "params" / "units").write_text("64")
    (run / "artifacts" / "note.txt").write_text("hello")
    assert gather(tmp_path, tmp_path / "all.db", print) == 1
    assert "a store of mlflow 2" in capsys.readouterr().out
    ((name, place),) = table(tmp_path / "all.db", "SELECT name, artifact_uri FROM runs")
    assert name == "old-run"
    assert (Path(place) / "note.txt").read_text() == "hello"
    assert table(tmp_path / "all.db", "SELECT key, value FROM params") == [("units", "64")]


def test_a_folder_without_runs_is_named_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no runs: expected"):
        gather(tmp_path, tmp_path / "all.db", print)
    with pytest.raises(RunError, match="is no folder"):
        main([str(tmp_path / "absent")])


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is no SQLite database"), (b"SQLite format 3\0abc", "read|damaged")]
)
def test_a_database_that_is_none_is_said_to_be_none(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "mlflow.db").write_bytes(content)
    with pytest.raises(RunError, match=words):
        gather(tmp_path, tmp_path / "all.db", print)


def test_the_newest_schema_is_the_one_that_the_installed_mlflow_writes() -> None:
    import mlflow.store.db_migrations as migrations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(next(iter(migrations.__path__)))))
    assert gathering._newest_schema() == scripts.get_current_head()


def test_a_port_in_use_is_said_before_anything_is_copied(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RunError, match="cannot be used"):
            main([str(tmp_path), "--port", str(taken.getsockname()[1])])
