"""A training is recorded by the tracker that its configuration names, and by no other way of keeping runs less."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.console.command import run_command
from registry.contract.errors import Origin
from registry.contract.run_store import RunStore
from registry.diff import main as diff
from registry.loading.blocks import load_registry
from registry.plugins.trackers.mlflow.names import accepted
from registry.tracking.runs import Runs
from registry.training.weights import read_weights
from tests.training.helpers import TINY, train

pytestmark = pytest.mark.slow

ONE_STAGE = "Training=[{batch_size: 800, learning_rate: 0.01, epochs: 1}]"

BESIDE = '''
"""Records in mlflow as well."""

from registry.contract.hooks import hookimpl
from registry.plugins.trackers.mlflow.tracking import TRACKING


@hookimpl
def register_trackers(run):
    return [TRACKING.tracker("tiny", print)]
'''

HALF = '''
"""Records nothing, and says so."""

from registry import Tracker, hookimpl


class Half(Tracker):
    def start(self, info):
        self.folder = info.folder

    def metrics(self, metrics, step):
        pass

    def artifact(self, path, folder):
        pass

    def text(self, text, path):
        pass

    def finish(self, status):
        pass

    def undelivered(self):
        return f"python -m registry.deliver {self.folder}"


@hookimpl
def register_trackers(run):
    return [Half()]
'''

SHELF = '''
"""Keeps all runs in one JSON file, and their files beside it."""

import json
import shutil
import time
from pathlib import Path

from registry.contract.hooks import hookimpl
from registry.contract.run_store import RunStore, RunSummary
from registry.contract.tracker import Tracker, Tracking

SHELF = Path("shelf")
BOOK = SHELF / "book.json"


def read():
    return json.loads(BOOK.read_text()) if BOOK.is_file() else []


class ShelfTracker(Tracker):
    def __init__(self, experiment, warn):
        self.run = {"experiment": experiment}

    def start(self, info):
        self.run_id = str(len(read()) + 1)
        self.run |= {"id": self.run_id, "name": info.name, "tags": dict(info.tags), "started": time.time()}
        self.run |= {"parameters": dict(info.parameters), "steps": []}
        for path, text in info.texts.items():
            self.text(text, path)

    def resume(self, run_id, info, history):
        self.run_id = run_id
        self.run = read()[int(run_id) - 1] | {"steps": [item.step for item in history]}

    def metrics(self, metrics, step):
        self.run["steps"].append(step)

    def artifact(self, path, folder):
        target = SHELF / self.run_id / folder / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)

    def text(self, text, path):
        target = SHELF / self.run_id / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def finish(self, status):
        self.run["status"] = status
        others = [run for run in read() if run["id"] != self.run_id]
        BOOK.write_text(json.dumps([*others, self.run]))

    def where(self):
        return f"run {self.run_id} on the shelf" if self.run_id else ""


class ShelfRuns(RunStore):
    def place(self):
        return str(SHELF)

    def present(self):
        return SHELF.is_dir()

    def find(self, name):
        return [
            RunSummary(run["id"], run["name"], run["experiment"], run["status"], run["started"])
            for run in read()
            if name in (run["id"], run["name"])
        ]

    def runs(self, experiment):
        return [summary for run in read() for summary in self.find(run["id"]) if summary.experiment == experiment]

    def parameters(self, run):
        return read()[int(run) - 1]["parameters"]

    def tags(self, run):
        return read()[int(run) - 1]["tags"]

    def metrics(self, run):
        return {}

    def files(self, run):
        return [path.relative_to(SHELF / run).as_posix() for path in (SHELF / run).rglob("*") if path.is_file()]

    def download(self, run, path, folder):
        source, target = SHELF / run / path, folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target))


@hookimpl
def register_tracking():
    return [Tracking("shelf", ShelfTracker, ShelfRuns)]
'''


@dataclass
class Both:
    """One training that two trackers have recorded, in the working folder."""

    shown: str
    ids: dict[str, str]
    stores: dict[str, RunStore]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("both")


@pytest.fixture(scope="module")
def shown(folder: Path) -> str:
    (folder / "beside.py").write_text(BESIDE)
    done = train(folder, TINY, "--plugin", "beside.py", "--set", "General.tracker=folder")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def both(shown: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Both:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    stores = {name: tracking.store() for name, tracking in load_registry().trackings.items()}
    return Both(shown, {name: store.runs("tiny")[0].id for name, store in stores.items()}, stores)


def test_the_tracker_of_the_configuration_says_where_the_run_is(both: Both) -> None:
    run = both.ids["folder"]
    assert both.shown.rstrip().endswith(f"run {run}   (mlruns/runs/{run})")


def test_both_stores_hold_the_same_run(both: Both, tmp_path: Path) -> None:
    one, other = both.stores["folder"], both.stores["mlflow"]
    run, beside = both.ids["folder"], both.ids["mlflow"]
    assert one.runs("tiny")[0].status == other.runs("tiny")[0].status == "FINISHED"
    assert one.runs("tiny")[0].command == other.runs("tiny")[0].command != ""
    assert accepted(one.parameters(run)) == other.parameters(beside)
    assert one.tags(run) == other.tags(beside)
    assert {"split.training", "split.validation", "split.test"} <= one.tags(run).keys()
    histories = one.metrics(run), other.metrics(beside)
    steps = [{name: [(p.step, p.value) for p in points] for name, points in found.items()} for found in histories]
    assert steps[0] == steps[1]
    assert steps[0]["train/loss"]
    # What mlflow has a place of its own for is a text in a folder.
    assert {*one.files(run)} - {*other.files(beside)} == {
        *(f"data/{context}.json" for context in ("training", "validation", "test")),
        "model/example.json",
        "model/signature.json",
    }
    for file in other.files(beside):
        contents = [store.download(both.ids[name], file, tmp_path / name) for name, store in both.stores.items()]
        assert contents[0].read_bytes() == contents[1].read_bytes(), file


@pytest.mark.parametrize("tracker", ["folder", "mlflow"])
def test_a_recorded_run_is_compared_with_its_graph(
    tracker: str, both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"run:{both.ids[tracker]}"
    assert diff([address, address]) == 0
    assert diff([address, str(TINY)]) == 0
    assert "same architecture" in capsys.readouterr().out


def test_a_name_that_both_stores_know_is_an_error_that_names_both(
    both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    (run,) = both.stores["folder"].runs("tiny")
    assert run_command(lambda: diff([f"run:{run.name}", str(TINY)])) == 2
    said = capsys.readouterr().err
    assert f"2 runs are called {run.name!r}" in said
    assert f"run:{both.ids['folder']} in folder (mlruns/runs)" in said
    assert f"run:{both.ids['mlflow']} in mlflow (sqlite:///mlruns/mlflow.db" in said


@pytest.mark.parametrize("tracker", ["folder", "mlflow"])
def test_weights_are_read_from_a_recorded_run(tracker: str, both: Both) -> None:
    runs = Runs(load_registry().trackings.values(), "folder")
    arrays = read_weights(f"run:{both.ids[tracker]}", Origin("graph.yaml"), runs)
    assert "iterations.0.dense" in arrays


@pytest.mark.long
def test_a_run_of_plain_files_is_resumed_by_its_address_and_by_its_file(both: Both, folder: Path) -> None:
    run = both.ids["folder"]
    checkpoint = f"mlruns/runs/{run}/files/checkpoints/last.npz"
    for epochs, address in ((2, f"run:{run}"), (3, checkpoint)):
        options = ["--plugin", "beside.py", "--set", f"Training.1.epochs={epochs}", "--resume", address]
        done = train(folder, TINY, "--set", "General.tracker=folder", *options)
        assert done.returncode == 0, done.stderr
        assert f"stage_2 (2/2) epoch {epochs}/{epochs}" in done.stdout
        assert "epoch 1/" not in done.stdout
        assert [len(store.runs("tiny")) for store in both.stores.values()] == [1, 1]


@pytest.mark.long
def test_a_tracker_of_a_plugin_file_is_used_like_those_built_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shelf_tracker.py").write_text(SHELF)
    plugin = ["--plugin", "shelf_tracker.py", "--set", "General.tracker=shelf", "--set", ONE_STAGE]
    done = train(tmp_path, TINY, *plugin)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("run 1 on the shelf")
    (run,) = json.loads((tmp_path / "shelf" / "book.json").read_text())
    assert run["status"] == "FINISHED"
    assert run["parameters"]["General.seed"] == "3"
    assert run["steps"]
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()

    monkeypatch.chdir(tmp_path)
    assert diff(["run:1", str(TINY), *plugin]) == 0
    assert "same architecture" in capsys.readouterr().out
    resumed = train(tmp_path, TINY, *plugin, "--set", "Training.0.epochs=2", "--resume", "run:1")
    assert resumed.returncode == 0, resumed.stderr
    assert "epoch 1/" not in resumed.stdout
    (again,) = json.loads((tmp_path / "shelf" / "book.json").read_text())
    # What the run's end has recorded, its peak memory, is recorded anew at its next end.
    before = run["steps"][:-1]
    assert again["steps"][: len(before)] == before


def test_a_run_of_which_something_is_not_recorded_ends_with_a_status_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text(HALF)
    kernels = ["--set", "General.kernels=tensorflow", "--set", ONE_STAGE]
    done = train(tmp_path, TINY, "--plugin", "half.py", "--set", "General.tracker=folder", *kernels)
    assert done.returncode == 3, done.stderr
    (run,) = (tmp_path / "mlruns" / "runs").iterdir()
    assert json.loads((run / "run.json").read_text())["status"] == "FINISHED"
