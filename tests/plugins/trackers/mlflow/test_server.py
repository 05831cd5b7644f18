"""A real `mlflow server` on loopback, and a run read back through its REST interface."""

from __future__ import annotations

import base64
import json
import math
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from registry.contract.errors import RunError
from registry.contract.tracker import DataInfo, ModelInfo, RunInfo
from registry.deliver import main as deliver
from registry.plugins.trackers.mlflow import client, delivery
from registry.plugins.trackers.mlflow.receiver import MlflowReceiver
from registry.plugins.trackers.mlflow.run_store import MlflowRuns
from registry.plugins.trackers.mlflow.tracker import MlflowTracker
from tests.servers import ADMIN, PASSWORD, mlflow_server, older, postgresql

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mlflow_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgresql() as address:
        yield address


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("flask_wtf", reason="basic authentication is not installed (pip install 'mlflow[auth]')")
    with mlflow_server(tmp_path_factory.mktemp("guarded"), authentication=True) as address:
        yield address


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def _use_server(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)


def _get(server: str, method: str, **query: str) -> Any:
    url = f"{server}/api/2.0/mlflow/{method}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())


@pytest.mark.usefixtures("_use_server")
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


def _run_with_an_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[MlflowClient, str, list[str]]:
    """Record a run of which half was delivered later, twice; return a client, the run and what was said of it."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    said: list[str] = []
    tracker = MlflowTracker("gravnet", said.append)
    tracker.connect()
    tracker.start(RunInfo("a run", "gravnet", parameters={"a": "1"}, tags={"graph": "net"}, texts={"a.txt": "text"}))
    tracker.metrics({"train/loss": 2.0}, 0)
    (tmp_path / "model.keras").write_bytes(b"a model")
    with monkeypatch.context() as outage:
        outage.setattr(MlflowReceiver, "send", _no_server)
        outage.setattr(delivery, "PATIENCE", 0.1)
        tracker.metrics({"train/loss": 1.0, "train/far": -math.inf, "validation/loss": 0.5}, 1)
        tracker.data(DataInfo("showers", "0123", "training", "showers", (), {"x": "float32"}, {"events": 3}))
        tracker.model(
            ModelInfo(
                tmp_path / "model.keras", "some.module", {"x": "float64"}, {"y": "float32"}, example={"x": [1.0]}
            ),
            "model",
        )
        tracker.figures({"validation/loss": 0.5}, 1, "training")
        tracker.finish("FINISHED")
    folder = Path("mlruns") / "local" / tracker.run_id
    assert tracker.undelivered() == f"python -m registry.deliver {folder}"
    kept = (folder / "undelivered.jsonl").read_text()
    assert '"train/loss"' in kept
    assert tracker.client.get_run(tracker.run_id).info.status == "RUNNING"
    for _ in range(2):
        assert deliver([]) == 0
    assert not (folder / "undelivered.jsonl").exists()
    return tracker.client, tracker.run_id, [*said, kept]


def _no_server(*arguments: object, **options: object) -> None:
    raise ConnectionError("connection refused")


def _is_whole(client: MlflowClient, run: str, folder: Path) -> None:
    found = client.get_run(run)
    assert (found.info.status, found.data.params, found.data.tags["graph"]) == ("FINISHED", {"a": "1"}, "net")
    history = client.get_metric_history(run, "train/loss")
    assert sorted((item.step, item.value) for item in history) == [(0, 2.0), (1, 1.0)]
    (data,) = found.inputs.dataset_inputs
    assert (data.dataset.digest, data.tags[0].value) == ("0123", "training")
    (model,) = client.search_logged_models([found.info.experiment_id], f"source_run_id = '{run}'")
    assert [output.model_id for output in found.outputs.model_outputs] == [model.model_id]
    assert model.status == "READY"
    (figure,) = client.get_logged_model(model.model_id).metrics
    assert (figure.key, figure.value, figure.step, figure.dataset_digest) == ("validation/loss", 0.5, 1, "0123")
    assert [item.timestamp for item in client.get_metric_history(run, "validation/loss")] == [figure.timestamp]
    names = {item.path for item in client.list_logged_model_artifacts(model.model_id)}
    assert {"MLmodel", "input_example.json"} <= names
    assert Path(client.download_artifacts(run, "model/model.keras", str(folder))).read_bytes() == b"a model"
    assert [item.summary.id for item in MlflowRuns().records("gravnet", {"graph": "net"})] == [run]


@pytest.mark.usefixtures("_use_server")
def test_what_a_server_that_dies_during_a_run_missed_is_delivered_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, run, said = _run_with_an_outage(tmp_path, monkeypatch)
    assert "tracking fails" in said[0]
    assert any("not logged yet" in text for text in said)
    _is_whole(opened, run, tmp_path)


def test_a_server_without_logged_models_takes_all_else_and_it_is_said_once(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with older(server) as address:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        opened, run, _ = _run_with_an_outage(tmp_path, monkeypatch)
        found = opened.get_run(run)
        assert found.info.status == "FINISHED"
        assert [item.value for item in opened.get_metric_history(run, "validation/loss")] == [0.5]
        assert Path(opened.download_artifacts(run, "model/model.keras", str(tmp_path))).read_bytes() == b"a model"
        (line,) = [text for text in capsys.readouterr().out.splitlines() if "left out" in text]
        assert "the model" in line
        assert "the server is one of mlflow 2, which has no logged models" in line


@pytest.mark.long
def test_a_user_of_a_server_with_basic_authentication_records_and_delivers(
    guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = json.dumps({"username": "someone", "password": PASSWORD}).encode()
    request = urllib.request.Request(
        f"{guarded}/api/2.0/mlflow/users/create", user, {"Content-Type": "application/json"}
    )
    token = base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()
    request.add_header("Authorization", f"Basic {token}")
    urllib.request.urlopen(request, timeout=60).read()
    monkeypatch.setattr(client, "CONNECT_SECONDS", 60)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", guarded)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "someone")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "another one")
    with pytest.raises(RunError, match=r"cannot be used: .*(401|not authenticated)") as raised:
        MlflowTracker("gravnet").connect()
    assert "another one" not in str(raised.value)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    opened, run, said = _run_with_an_outage(tmp_path, monkeypatch)
    assert PASSWORD not in " ".join(said)
    _is_whole(opened, run, tmp_path)


def test_runs_are_recorded_in_postgresql_and_delivered(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    opened, run, said = _run_with_an_outage(tmp_path, monkeypatch)
    assert PASSWORD not in " ".join(said)
    assert [point.value for point in MlflowRuns().history(run, "train/far")] == [-math.inf]
    _is_whole(opened, run, tmp_path)
