"""Tasks on a dask scheduler that somebody has started."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import RunError
from registry.farm import running
from registry.farm.opening import open_place
from tests.farm.tasks import log, task


def test_tasks_run_on_the_workers_and_share_their_cores(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    monkeypatch.setattr("dask.system.cpu_count", lambda: 6)
    with open_place(scheduler) as farm:
        names = ("a", "b", "c")
        found = list(farm.run(iter([task(tmp_path, name, "--variable", "NUMBA_NUM_THREADS") for name in names])))
        assert farm.slots == 2
    assert sorted((one.task.name, one.status) for one in found) == [(name, "done") for name in names]
    assert log(tmp_path, "a") == ["begins at 0 3"]


def test_who_stops_asking_ends_what_runs_on_the_workers(scheduler: str, tmp_path: Path) -> None:
    with open_place(scheduler, jobs=2) as farm:
        outcomes = farm.run(iter([task(tmp_path, "long", "--steps", "600"), task(tmp_path, "short", "--steps", "5")]))
        assert next(outcomes).task.name == "short"
        outcomes.close()  # type: ignore[attr-defined]
    assert log(tmp_path, "long")[-1] == "saved"


def test_a_worker_with_another_version_of_this_package_is_named(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = iter(["2.0", "1.0"])
    monkeypatch.setattr(running, "version", lambda _: next(versions))
    with (
        pytest.raises(RunError, match=r"registry 2.0 on every worker: tcp://127.0.0.1:\d+ has 1.0 of it"),
        open_place(scheduler) as farm,
    ):
        list(farm.run(iter([task(tmp_path, "never")])))


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CONNECT", 1)
    with (
        pytest.raises(RunError, match=r"no dask scheduler answers at tcp://127.0.0.1:9"),
        open_place("tcp://127.0.0.1:9") as farm,
    ):
        list(farm.run(iter([])))
