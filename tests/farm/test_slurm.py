"""Tasks in the jobs of a real SLURM: jobs end, workers vanish, and the tasks go on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import psutil
import pytest

from registry.contract.errors import RunError
from registry.farm.opening import open_place
from registry.farm.task import Outcome, Task
from tests.farm import slurm
from tests.farm.tasks import TRIAL, log, task

pytestmark = pytest.mark.long


@pytest.fixture
def jobs(configuration: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that describes jobs of a minute, of which tasks have the first 20 seconds."""
    monkeypatch.setenv("SLURM_CONF", configuration)
    return described(tmp_path)


def described(folder: Path) -> Path:
    """Write a file that describes jobs of a minute, of which tasks have the first 20 seconds."""
    file = folder / "jobs.yaml"
    text = "kind: slurm\nqueue: main\nmemory: 500 MB\nwalltime: 1 min\ngrace: 40 s\njobs: 2\n"
    file.write_text(f"{text}logs: {folder / 'logs'}\nsetup: ['export SEEN=by_setup']\n")
    return file


def counting(folder: Path, name: str, steps: int, retries: int) -> Task:
    """Return a task that counts its steps in a file, and can go on."""
    arguments = ("--steps", str(steps), "--file", str(folder / f"{name}.steps"))
    return task(folder, name, *arguments, retries=retries, again=(TRIAL, "--resume", *arguments))


def worker_of(folder: Path, name: str, attempt: int) -> psutil.Process:
    """Return the worker that runs an attempt at a task, once it has taken a step."""
    file, log = folder / f"{name}.steps", folder / name / f"attempt_{attempt}.log"
    wait_until(lambda: file.exists() and log.exists() and "begins" in log.read_text())
    guards = (item for item in psutil.process_iter(["cmdline"]) if str(file) in (item.info["cmdline"] or []))
    return next(item.parent() for item in guards if any("guard.py" in word for word in item.info["cmdline"]))


@pytest.fixture(scope="module")
def settled(configuration: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Outcome]]:
    """What came of tasks whose jobs ended, were cancelled, and lost their workers."""
    folder = tmp_path_factory.mktemp("tasks")
    tasks = (
        counting(folder, "unlucky", 600, retries=0),
        counting(folder, "lucky", 60, retries=2),
        task(folder, "fine", "--variable", "SEEN"),
        task(folder, "fails", "--status", "1", "--say", "error: no such column"),
        counting(folder, "long", 250, retries=0),
    )

    def disturb() -> None:
        worker_of(folder, "unlucky", 1).send_signal(signal.SIGKILL)
        worker_of(folder, "lucky", 1).send_signal(signal.SIGKILL)
        job = worker_of(folder, "lucky", 2).environ()["SLURM_JOB_ID"]
        subprocess.run(["scancel", job], check=True, timeout=60)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", configuration)
        thread = Thread(target=disturb)
        thread.start()
        with open_place(str(described(folder))) as farm:
            found = {outcome.task.name: outcome for outcome in farm.run(iter(tasks))}
        thread.join()
        wait_until(lambda: not slurm.jobs())
    return folder, found


def test_jobs_are_set_up_and_what_fails_is_named(settled: tuple[Path, dict[str, Outcome]]) -> None:
    folder, found = settled
    assert (found["fine"].status, log(folder, "fine")) == ("done", ["begins at 0 by_setup"])
    assert (found["fails"].status, found["fails"].reason) == ("failed", "error: no such column")


def test_a_walltime_that_ends_costs_no_retry_and_the_task_goes_on(settled: tuple[Path, dict[str, Outcome]]) -> None:
    folder, found = settled
    assert found["long"].status == "done", found["long"]
    assert found["long"].attempts > 1
    assert found["long"].exit_status == 0
    assert "saved" in [log(folder, "long", number)[-1] for number in range(1, found["long"].attempts)]
    assert int(log(folder, "long", found["long"].attempts)[0].split()[-1]) > 0


def test_a_worker_that_vanishes_and_a_job_that_is_cancelled_cost_an_attempt(
    settled: tuple[Path, dict[str, Outcome]],
) -> None:
    folder, found = settled
    assert found["lucky"].status == "done"
    assert [int(log(folder, "lucky", number)[0].split()[-1]) > 0 for number in (1, 2, 3)] == [False, True, True]


def test_a_task_that_loses_every_worker_is_lost_by_name(settled: tuple[Path, dict[str, Outcome]]) -> None:
    lost = settled[1]["unlucky"]
    assert (lost.status, lost.exit_status, lost.attempts) == ("lost", None, 1)
    assert lost.reason == f"the worker has vanished, on {os.uname().nodename}"


def run(jobs: Path, one: Task) -> list[Outcome]:
    """Return what came of a task."""
    with open_place(str(jobs)) as farm:
        return list(farm.run(iter([one])))


def wait_until(happened: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until something has happened."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_what_the_batch_system_refuses_is_said(jobs: Path, tmp_path: Path) -> None:
    jobs.write_text(jobs.read_text().replace("queue: main", "queue: no_such_queue"))
    with pytest.raises(RunError, match=r"slurm refuses the job: sbatch: error: .*invalid partition"):
        run(jobs, task(tmp_path, "never"))


def test_a_job_that_ends_before_its_worker_begins_is_said(
    jobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.farm.batch.FIRST_LOOK", 0.5)
    monkeypatch.setattr("registry.farm.batch.LOOK", 1.0)
    monkeypatch.setattr("registry.farm.batch.BROKEN_JOBS", 2)
    text = jobs.read_text().replace(
        "setup: [", "setup: ['module() { echo no module python; exit 1; }', module load python, "
    )
    jobs.write_text(text)
    with pytest.raises(RunError, match=r"jobs of slurm end before they begin: .*out: no module python"):
        run(jobs, task(tmp_path, "never"))
