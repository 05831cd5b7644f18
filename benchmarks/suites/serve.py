"""mlflow's page over a folder of runs: until it lists them, from the start of `python -m registry.serve`"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import chdir, closing
from pathlib import Path

from benchmarks.case import Case, every
from benchmarks.target import Target, value

PACKAGES = dict.fromkeys(("mlflow", "folder"), "mlflow")
NUMBERS = [{"runs": runs} for runs in (10, 100, 1_000)]
PARAMETERS, METRICS, POINTS = 60, 30, 40
"""Parameters and metrics of a run, and values of a metric, as a training of half an hour has them."""


def cases() -> Iterator[Case]:
    """Yield every way to keep runs with every number of them."""
    yield from every("serve", PACKAGES, NUMBERS)


def _served(tracker: str, copies: Callable[[Path, int], None]) -> Callable[..., Callable[[], dict[str, float]]]:
    def prepare(runs: int) -> Callable[[], dict[str, float]]:
        folder = Path(tempfile.mkdtemp())
        with chdir(folder):
            _record(tracker)
        copies(folder / "mlruns", runs - 1)
        return lambda: _opened(folder / "mlruns", runs)

    return prepare


def _record(tracker: str) -> None:
    """Record a run in the working folder."""
    from registry.contract.tracker import RunInfo
    from registry.loading.blocks import load_registry

    os.environ.pop("MLFLOW_TRACKING_URI", None)
    made = load_registry().trackings[tracker].tracker("net", print)
    made.connect()
    parameters = {f"node_{number}.units": "64" for number in range(PARAMETERS)}
    made.start(RunInfo("net", "net", "python -m registry.train net.yaml", parameters, {"graph": "net"}))
    for step in range(POINTS):
        made.metrics({f"train/loss_{number}": 1 / (step + 1) for number in range(METRICS)}, step)
    made.finish("FINISHED")


def _copied_rows(store: Path, copies: int) -> None:
    """Let a database of mlflow have its only run several times."""
    with closing(sqlite3.connect(store / "mlflow.db")) as database, database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")] for name in names}
        ((run,),) = database.execute("SELECT run_uuid FROM runs").fetchall()
        for name in ("runs", *(name for name, columns in tables.items() if "run_uuid" in columns and name != "runs")):
            columns = tables[name]
            taken = ", ".join("?" if column == "run_uuid" else f'"{column}"' for column in columns)
            question = f"INSERT INTO {name} SELECT {taken} FROM {name} WHERE run_uuid = ?"
            database.executemany(question, ((f"{number:032x}", run) for number in range(copies)))


def _copied_folders(store: Path, copies: int) -> None:
    """Let a store of plain files have its only run several times."""
    (first,) = (store / "runs").iterdir()
    for number in range(copies):
        shutil.copytree(first, store / "runs" / f"net-{number:012x}")


def _opened(folder: Path, runs: int) -> dict[str, float]:
    """Serve the runs; return how long it took until the page listed all of them, and the processors' time (s)."""
    before = _children()
    started = time.perf_counter()
    command = [sys.executable, "-m", "registry.serve", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        address = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(address, timeout=60).read()
        asked = json.dumps({"experiment_ids": ["1"], "max_results": runs}).encode()
        header = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{address}/ajax-api/2.0/mlflow/runs/search", asked, header)
        listed = json.loads(opener.open(request, timeout=60).read())["runs"]
        seconds = time.perf_counter() - started
        assert len(listed) == runs
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    return {"seconds": seconds, "cpu": _children() - before}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


CONTENDERS = {"mlflow": _served("mlflow", _copied_rows), "folder": _served("folder", _copied_folders)}

TARGETS = tuple(
    Target(
        f"mlflow's page over 1,000 runs of the tracker `{tracker}`: opens within 10 s",
        value("serve", tracker, runs=1_000),
        10,
        unit=" s",
    )
    for tracker in PACKAGES
)
