"""A real `mlflow server` on loopback, and a run read back through its REST interface."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.contract.tracker import RunInfo
from registry.deliver import main as deliver
from registry.plugins.trackers.mlflow import delivery
from registry.plugins.trackers.mlflow.tracker import MlflowTracker

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/files"]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    log = (folder / "server.log").open("w")
    process = subprocess.Popen([*command, *store], stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        log.close()


@pytest.fixture(autouse=True)
def _use_server(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.chdir(tmp_path)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-2000:]}")


def _get(server: str, method: str, **query: str) -> Any:
    url = f"{server}/api/2.0/mlflow/{method}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())


def test_a_run_is_read_back_through_the_rest_interface(server: str, tmp_path: Path) -> None:
    warnings: list[str] = []
    parameters = {f"iterations.{index}.gravnet.n_neighbours": str(index) for index in range(230)}
    tracker = MlflowTracker("gravnet", warnings.append)
    tracker.connect()
    texts = {"graph/expanded.yaml": "name: gravnet\n"}
    tracker.start(RunInfo("a run", "gravnet", "python -m x", parameters, {"git.state": "clean"}, texts, "free text"))
    for step in range(20):
        tracker.metrics({"train/loss": 1 / (step + 1), "train/nan": math.nan, "train/inf": math.inf}, step)
    plot = tmp_path / "plot.png"
    plot.write_bytes(b"picture")
    tracker.artifact(plot, "plots/space")
    tracker.text("a table", "findings/clusters.end.txt")
    tracker.finish("KILLED")
    assert warnings == []

    run = _get(server, "runs/get", run_id=tracker.run_id)["run"]
    assert run["info"]["status"] == "KILLED"
    assert run["info"]["run_name"] == "a run"
    assert {item["key"]: item["value"] for item in run["data"]["params"]} == parameters
    tags = {item["key"]: item["value"] for item in run["data"]["tags"]}
    assert tags["git.state"] == "clean"
    assert tags["mlflow.note.content"] == "free text"
    history = _get(server, "metrics/get-history", run_id=tracker.run_id, metric_key="train/loss")["metrics"]
    assert sorted((item["step"], item["value"]) for item in history) == [(s, 1 / (s + 1)) for s in range(20)]
    assert len(_get(server, "metrics/get-history", run_id=tracker.run_id, metric_key="train/nan")["metrics"]) == 20
    files = _get(server, "artifacts/list", run_id=tracker.run_id, path="plots/space")["files"]
    assert [file["path"] for file in files] == ["plots/space/plot.png"]


def test_what_a_server_that_dies_during_a_run_missed_is_delivered_later(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    warnings: list[str] = []
    tracker = MlflowTracker("gravnet", warnings.append)
    tracker.connect()
    tracker.start(RunInfo("a run", "gravnet"))
    with monkeypatch.context() as outage:
        outage.setattr(tracker.client._tracking_client.store, "get_host_creds", _nowhere)
        outage.setattr(delivery, "PATIENCE", 0.1)
        tracker.metrics({"train/loss": 1.0}, 0)
        tracker.finish("FINISHED")
    kept = tmp_path / "mlruns" / "local" / tracker.run_id / "undelivered.jsonl"
    assert '"train/loss"' in kept.read_text()
    assert tracker.undelivered() == f"python -m registry.deliver mlruns/local/{tracker.run_id}"
    assert "tracking fails" in warnings[0]
    assert any("not logged yet" in text for text in warnings)
    assert _get(server, "runs/get", run_id=tracker.run_id)["run"]["info"]["status"] == "RUNNING"
    for _ in range(2):
        assert deliver([]) == 0
    run = _get(server, "runs/get", run_id=tracker.run_id)["run"]
    assert run["info"]["status"] == "FINISHED"
    history = _get(server, "metrics/get-history", run_id=tracker.run_id, metric_key="train/loss")["metrics"]
    assert [(item["step"], item["value"]) for item in history] == [(0, 1.0)]
    assert not kept.exists()


def _nowhere() -> Any:
    from mlflow.utils.rest_utils import MlflowHostCreds

    return MlflowHostCreds("http://127.0.0.1:9")
