"""Seconds that a farm adds to tasks which do nothing, on the clock and of processors: here, dask alone, a SLURM"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.case import Case, every

NOTHING = ("this",)
"""A module of Python's own: what is timed is the start of Python, and what the farm adds."""

PACKAGES = {"processes": "distributed", "Python alone": "distributed"}


def cases() -> Iterator[Case]:
    """Yield the processes of a farm beside those started by hand, dask's own cost, and jobs where there is a SLURM."""
    yield from every("farm", PACKAGES, [{"tasks": 20}])
    yield from every("farm", {"dask": "distributed"}, [{"tasks": 100}, {"tasks": 1_000}])
    if shutil.which("squeue") and subprocess.run(["squeue"], capture_output=True).returncode == 0:
        yield from every("farm", {"SLURM": "dask_jobqueue"}, [{"tasks": 1}, {"tasks": 20}])


def _with_cpu(prepare: Callable[[int], Callable[[], None]]) -> Callable[[int], Callable[[], dict[str, float]]]:
    """Return what measures the processor time as well, of this process and of those that it has waited for."""

    def prepared(tasks: int) -> Callable[[], dict[str, float]]:
        run = prepare(tasks)

        def measured() -> dict[str, float]:
            before = sum(os.times()[:4])
            run()
            return {"cpu": sum(os.times()[:4]) - before}

        return measured

    return prepared


def _farm(on: str, jobs: int) -> Callable[[int], Callable[[], None]]:
    def prepare(tasks: int) -> Callable[[], None]:
        from registry.farm.opening import open_place
        from registry.farm.task import Task

        folder = Path(tempfile.mkdtemp())
        place = on
        if on != "local":
            place = str(folder / "jobs.yaml")
            text = f"kind: {on}\nmemory: 500 MB\nwalltime: 10 min\nlogs: {folder / 'logs'}\n"
            Path(place).write_text(text)
        stack = ExitStack()
        atexit.register(stack.close)
        opened = [stack.enter_context(open_place(place, jobs=jobs))] if on == "local" else []

        def run() -> None:
            with ExitStack() as own:
                # A job of a batch system is submitted anew each time: that is what is timed.
                farm = opened[0] if opened else own.enter_context(open_place(place, jobs=jobs))
                for outcome in farm.run(Task(str(number), NOTHING, folder / str(number)) for number in range(tasks)):
                    assert outcome.status == "done", outcome

        return run

    return prepare


def _by_hand(tasks: int) -> Callable[[], None]:
    import sys
    from concurrent.futures import ThreadPoolExecutor

    def one(_: int) -> None:
        subprocess.run([sys.executable, "-m", *NOTHING], stdout=subprocess.DEVNULL, check=True)

    def run() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, range(tasks)))

    return run


def _dask(tasks: int) -> Callable[[], None]:
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
    client = Client(cluster)

    def run() -> None:
        client.gather(client.map(lambda number: number, range(tasks), pure=False))

    return run


CONTENDERS = {
    "processes": _with_cpu(_farm("local", 2)),
    "Python alone": _with_cpu(_by_hand),
    "dask": _with_cpu(_dask),
    "SLURM": _with_cpu(_farm("slurm", 2)),
}
