"""What every tracker and its store have to do, tried with each that is built in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from registry.contract.errors import RunError
from registry.contract.run_store import RunStore
from registry.contract.tracker import RunInfo, Tracking
from registry.loading.blocks import load_registry
from registry.tracking.lost import close_lost

TRACKINGS = load_registry().trackings

INFO = RunInfo(
    name="net-20260101-000000",
    experiment="net",
    command="python -m registry.train net.yaml",
    parameters={"Training.0.epochs": "2", "heads.units": "[8, 4]"},
    tags={"graph": "net", "git.commit": "", "git.state": "clean"},
    texts={"graph/config.yaml": "General: {seed: 1}\n", "source/net.yaml": "name: net\n"},
    description="a trial, in two lines:\nhere",
)

TRACKER_NAMES = [name if name == "folder" else pytest.param(name, marks=pytest.mark.slow) for name in sorted(TRACKINGS)]
"""Making a database takes seconds."""


class Recorded:
    """A run that was recorded with all that a training records."""

    def __init__(self, tracking: Tracking, folder: Path) -> None:
        self.warnings: list[str] = []
        self.tracking = tracking
        (folder / "plot.png").write_bytes(b"\x89picture")
        tracker = tracking.tracker("net", self.warnings.append)
        tracker.connect()
        tracker.start(INFO)
        for step in (20, 40):
            tracker.metrics({"train/loss": 1 / step, "train/empty": math.nan, "train/far": -math.inf}, step)
        tracker.artifact(folder / "plot.png", "plots/space")
        tracker.text("a table\n", "findings/clusters.end.txt")
        tracker.finish("KILLED")
        self.where = tracker.where()
        self.store: RunStore = tracking.store()
        (self.summary,) = self.store.runs("net")
        self.id = self.summary.id


@pytest.fixture(scope="module", params=TRACKER_NAMES)
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """A run that each tracker has recorded; the working folder is the one it lies in."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(folder)
        yield Recorded(TRACKINGS[request.param], folder)


def test_a_run_is_summed_up(recorded: Recorded) -> None:
    found = recorded.summary
    assert (found.name, found.experiment, found.status) == ("net-20260101-000000", "net", "KILLED")
    assert (found.command, found.description) == (INFO.command, INFO.description)
    assert found.started > 1.7e9
    assert recorded.warnings == []


def test_a_run_is_found_by_identifier_and_by_name(recorded: Recorded) -> None:
    assert list(recorded.store.find(recorded.id)) == [recorded.summary]
    assert list(recorded.store.find(INFO.name)) == [recorded.summary]
    for other in ("net", "0123", "", "..", "it's", "a \"b\" 'c'"):
        assert list(recorded.store.find(other)) == []


def test_a_run_whose_process_is_gone_is_closed_with_the_reason_and_one_that_has_ended_is_left(
    recorded: Recorded, tmp_path: Path
) -> None:
    tracking, name = recorded.tracking, recorded.tracking.name
    tracker = tracking.tracker("lost", recorded.warnings.append)
    tracker.connect()
    tracker.start(replace(INFO, name="lost", experiment="lost", tags={"kind": "lost"}, folder=tmp_path))
    for run in (tracker.run_id, recorded.id):
        assert close_lost(TRACKINGS, name, run, tmp_path, "ended by SIGKILL") == ""
    assert [run.status for run in recorded.store.runs("lost")] == ["FAILED"]
    assert recorded.store.download(tracker.run_id, "failure.txt", tmp_path).read_text() == "ended by SIGKILL\n"
    assert [run.status for run in recorded.store.runs("net")] == ["KILLED"]
    assert "failure.txt" not in recorded.store.files(recorded.id)
    assert "stays RUNNING in its store" in close_lost(TRACKINGS, name, "no-such-run", tmp_path, "ended")
    assert close_lost(TRACKINGS, "no tracker", tracker.run_id, tmp_path, "ended") == ""


def test_where_a_run_is_says_its_identifier(recorded: Recorded) -> None:
    assert recorded.id in recorded.where


def test_other_experiments_have_other_runs(recorded: Recorded) -> None:
    assert list(recorded.store.runs("another")) == []


def test_parameters_come_back(recorded: Recorded) -> None:
    assert recorded.store.parameters(recorded.id) == INFO.parameters


def test_tags_that_have_a_value_come_back(recorded: Recorded) -> None:
    assert recorded.store.tags(recorded.id) == {"graph": "net", "git.state": "clean"}


def test_the_history_of_every_metric_comes_back(recorded: Recorded) -> None:
    found = recorded.store.metrics(recorded.id)
    assert set(found) == {"train/loss", "train/empty", "train/far"}
    assert [(point.step, point.value) for point in found["train/loss"]] == [(20, 0.05), (40, 0.025)]
    assert [math.isnan(point.value) for point in found["train/empty"]] == [True, True]
    assert [point.value for point in found["train/far"]] == [-math.inf, -math.inf]
    assert all(point.time > 1.7e9 for point in found["train/loss"])


def test_last_values_and_single_histories_are_those_of_all_histories(recorded: Recorded) -> None:
    histories = recorded.store.metrics(recorded.id)
    last = recorded.store.last(recorded.id)
    assert {name: repr(value) for name, value in last.items()} == {
        name: repr(points[-1].value) for name, points in histories.items()
    }
    assert repr(recorded.store.history(recorded.id, "train/far")) == repr(histories["train/far"])
    assert list(recorded.store.history(recorded.id, "none")) == []


def test_runs_are_found_by_a_tag(recorded: Recorded) -> None:
    assert list(recorded.store.tagged("git.state", "clean")) == [recorded.summary]
    assert list(recorded.store.tagged("git.state", "dirty")) == []
    for value in ("it's", 'a "b"', "a \"b\" 'c'"):
        assert list(recorded.store.tagged("graph", value)) == []


def test_all_files_are_listed(recorded: Recorded) -> None:
    files = ["findings/clusters.end.txt", "graph/config.yaml", "plots/space/plot.png", "source/net.yaml"]
    assert list(recorded.store.files(recorded.id)) == files


def test_a_file_and_a_folder_are_copied(recorded: Recorded, tmp_path: Path) -> None:
    assert recorded.store.download(recorded.id, "plots/space/plot.png", tmp_path).read_bytes() == b"\x89picture"
    assert recorded.store.download(recorded.id, "source", tmp_path) == tmp_path / "source"
    assert (tmp_path / "source" / "net.yaml").read_text() == "name: net\n"


def test_a_file_that_the_run_lacks_is_an_error(recorded: Recorded, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        recorded.store.download(recorded.id, "model/model.keras", tmp_path)


@pytest.mark.parametrize("name", sorted(TRACKINGS))
def test_where_nothing_was_recorded_nothing_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    store = TRACKINGS[name].store()
    assert not store.present()
    assert list(store.find("anything")) == []
    assert list(store.runs("anything")) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sorted(TRACKINGS))
def test_a_tracker_that_opened_no_run_is_nowhere(name: str) -> None:
    assert TRACKINGS[name].tracker("net", print).where() == ""
