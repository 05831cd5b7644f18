"""Trainings in the jobs of a real SLURM, and on the workers of a dask scheduler: sweeps, and ranks."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import numpy as np
import psutil
import pytest

from registry.training.saved import load_checkpoint
from tests.servers import postgresql
from tests.sweeping.stand_in import write_graph
from tests.training.helpers import train
from tests.training.ranks.test_together import checkpoint, graph

pytestmark = [pytest.mark.slow, pytest.mark.long]

JOBS = "kind: slurm\nqueue: main\nmemory: 2 GB\njobs: 2\nlogs: logs\n"


def sweep(folder: Path, *arguments: str) -> list[dict[str, str]]:
    """Sweep the tiny graph; return the table of the study `far`, a row for each trial."""
    command = [sys.executable, "-m", "registry.sweep", "tiny.yaml", "--study", "far", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=580)
    assert done.returncode == 0, done.stdout + done.stderr
    with (folder / "mlruns" / "sweeps" / "far" / "trials.csv").open() as file:
        return list(csv.DictReader(file))


def epochs(run: Path) -> list[float]:
    """Return the epochs that a run has recorded."""
    lines = [json.loads(line)["metrics"] for line in (run / "history.jsonl").read_text().splitlines()]
    return [item["epoch/epoch"] for item in lines if "epoch/epoch" in item]


def wait_for(found: Callable[[], object], seconds: float = 240) -> None:
    """Wait until something is found."""
    until = time.monotonic() + seconds
    while not found() and time.monotonic() < until:
        time.sleep(0.2)


def worker_of(name: str) -> psutil.Process | None:
    """Return the worker that runs the training in a folder of this name."""
    for item in psutil.process_iter(["cmdline"]):
        words = item.info["cmdline"] or []
        if name in words and any("guard.py" in word for word in words):
            return item.parent()
    return None


def test_trainings_go_on_from_their_checkpoints_where_jobs_end_are_cancelled_and_lose_their_workers(
    configuration: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CONF", configuration)
    write_graph(tmp_path)
    # Jobs of which trainings have two minutes, and trainings that take longer than that.
    (tmp_path / "jobs.yaml").write_text(f"{JOBS}walltime: 3 min\ngrace: 60 s\n")
    length = "Training=[{batch_size: 5000, learning_rate: 0.001, minutes: 2.05}]"
    local = tmp_path / "mlruns" / "local"

    def disturb() -> None:
        for name, cancel in (("far-000-seed-1", False), ("far-001-seed-1", True)):
            wait_for((local / name / "checkpoints" / "last.npz").exists)
            worker = worker_of(name)
            assert worker is not None
            if cancel:
                subprocess.run(["scancel", worker.environ()["SLURM_JOB_ID"]], check=True, timeout=60)
            else:
                worker.send_signal(signal.SIGKILL)

    thread = Thread(target=disturb)
    thread.start()
    over = ["--over", "Training[0].learning_rate=1e-3,1e-2", "--retries", "2"]
    rows = sweep(tmp_path, *over, "--set", length, "--on", "jobs.yaml")
    thread.join()
    assert [row["state"] for row in rows] == ["done", "done"]
    for number in range(2):
        logs = tmp_path / "mlruns" / "sweeps" / "far" / "logs" / f"far-{number:03}-seed-1"
        assert len(list(logs.glob("attempt_*.log"))) >= 3
        found = epochs(local / f"far-{number:03}-seed-1")
        assert found == list(range(1, len(found) + 1))
    runs = [json.loads(file.read_text()) for file in (tmp_path / "mlruns" / "runs").glob("*/run.json")]
    assert [run["status"] for run in runs] == ["FINISHED"] * 3


def test_a_sweep_on_a_scheduler_prunes_by_hyperband_and_is_kept_in_a_database(scheduler: str, tmp_path: Path) -> None:
    write_graph(tmp_path)
    with postgresql() as database:
        words = ["--over", "Training[0].learning_rate=1e-4..1e-2:log", "--trials", "3", "--sampler", "tpe"]
        rows = sweep(tmp_path, *words, "--prune", "hyperband", "--storage", database, "--on", scheduler)
    assert len(rows) == 3
    assert {row["state"] for row in rows} <= {"done", "pruned"}
    assert rows[0]["state"] == "done"


def test_ranks_train_alike_in_jobs_and_on_a_scheduler(
    configuration: str, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CONF", configuration)
    ends = []
    for name in ("jobs", "scheduler"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "jobs.yaml").write_text(f"{JOBS}walltime: 10 min\n")
        steps = "Training=[{batch_size: 400, learning_rate: 0.01, steps: 10}]"
        on = "jobs.yaml" if name == "jobs" else scheduler
        sets = ("--set", "General.tracker=folder", "--set", steps)
        done = train(folder, graph(folder), *sets, "--ranks", "2", "--on", on)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "epoch" in done.stdout
        ends.append(load_checkpoint(checkpoint(folder)))
    assert [end.position.step for end in ends] == [10, 10]
    for mine, other in zip(ends[0].model, ends[1].model, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)
