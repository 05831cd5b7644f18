"""A run of mlflow goes on: the same run, every value once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from registry.contract.errors import RunError
from registry.contract.tracker import Recorded, RunInfo
from registry.plugins.trackers.mlflow.run_store import MlflowRuns
from registry.plugins.trackers.mlflow.tracker import MlflowTracker
from tests.stores import make_store

INFO = RunInfo("a run", "net", "train", {"epochs": "1"}, {"graph": "net"}, {"graph/x.yaml": "x: 1\n"})


@pytest.fixture
def warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    make_store(tmp_path)
    return []


@pytest.mark.slow
def test_a_resumed_run_is_the_same_run_and_holds_every_value_once(warnings: list[str], tmp_path: Path) -> None:
    tracker = MlflowTracker("net", warnings.append)
    tracker.start(INFO)
    for step in (1, 3, 4):
        tracker.metrics({"loss[0]": 1 / step}, step)
    tracker.finish("KILLED")

    again = MlflowTracker("net", warnings.append)
    info = replace(INFO, name="other", parameters={"epochs": "2", "new": "3"}, texts={"graph/x.yaml": "x: 2\n"})
    # Step 2 had not arrived; steps 3 and 4 are done again.
    again.resume(tracker.run_id, info, [Recorded(1, 7.0, {"loss[0]": 1.0}), Recorded(2, 8.0, {"loss[0]": 0.5})])
    store = MlflowRuns()
    (summary,) = store.runs("net")
    assert (summary.id, summary.name, summary.status) == (tracker.run_id, "a run", "RUNNING")
    for step in (3, 4, 5):
        again.metrics({"loss[0]": 1 / step}, step)
    again.finish("FINISHED")

    assert [run.status for run in store.runs("net")] == ["FINISHED"]
    points = store.metrics(tracker.run_id)["loss.0"]
    assert [(point.step, point.value) for point in points] == [(step, 1 / step) for step in range(1, 6)]
    assert store.parameters(tracker.run_id) == {"epochs": "2", "new": "3"}
    assert store.tags(tracker.run_id) == {"graph": "net"}
    assert store.download(tracker.run_id, "graph/x.yaml", tmp_path / "copy").read_text() == "x: 2\n"
    assert warnings == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["parent", "sweep"])
def test_a_run_that_starts_from_another_one_or_is_one_of_a_sweep_is_its_child(kind: str, warnings: list[str]) -> None:
    tracker = MlflowTracker("net", warnings.append)
    tracker.start(replace(INFO, tags={f"{kind}.run": "0123", f"{kind}.tracker": "mlflow"}))
    tracker.finish("FINISHED")
    assert tracker.client.get_run(tracker.run_id).data.tags["mlflow.parentRunId"] == "0123"


@pytest.mark.slow
def test_a_run_that_is_not_there_is_not_resumed(warnings: list[str]) -> None:
    tracker = MlflowTracker("net", warnings.append)
    with pytest.raises(RunError, match=r"does not take the run: .*0123456789abcdef"):
        tracker.resume("0123456789abcdef", INFO, [])
