"""Metrics per second that runs record at once: into a file of SQLite, into PostgreSQL, through an mlflow server"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.case import Case, every

METRICS = 20
"""Metrics of one record, as a training writes them every so many batches."""

WRITER = """
import sys, time
import mlflow
from mlflow.entities import Metric
uri, records, metrics = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = mlflow.MlflowClient(uri)
found = client.get_experiment_by_name("benchmark")
run = client.create_run(found.experiment_id).info.run_id
step = 0
print("ready", flush=True)
for line in sys.stdin:
    before = time.process_time()
    for _ in range(records):
        step += 1
        now = int(1000 * time.time())
        client.log_batch(run, metrics=[Metric(f"metric_{number}", 0.5, now, step) for number in range(metrics)])
    print(time.process_time() - before, flush=True)
"""
"""Records as a run does, when it is told to."""


OPENED = ExitStack()
"""Servers and writers."""


def close() -> None:
    """End what was started."""
    OPENED.close()


def cases() -> Iterator[Case]:
    """Yield every store, with one run and with several at once."""
    stores = {"SQLite": "mlflow", "PostgreSQL": "psycopg", "mlflow server": "mlflow"}
    yield from every("records", stores, [{"runs": runs, "records": 20} for runs in (1, 4)])


def _store(store: str) -> Callable[..., Callable[[], dict[str, float]]]:
    def prepare(runs: int, records: int) -> Callable[[], dict[str, float]]:
        uri = _address(store, OPENED)
        import mlflow

        mlflow.MlflowClient(uri).create_experiment("benchmark")
        writers = [_writer(uri, records) for _ in range(runs)]
        for writer in writers:
            OPENED.callback(writer.kill)

        def record() -> dict[str, float]:
            started = time.perf_counter()
            for writer in writers:
                _tell(writer)
            used = sum(float(_hear(writer)) for writer in writers)
            seconds = time.perf_counter() - started
            return {"records_per_second": runs * records * METRICS / seconds, "cpu_ms": 1e3 * used / runs / records}

        return record

    return prepare


def _address(store: str, stack: ExitStack) -> str:
    from tests.servers import mlflow_server, postgresql

    folder = Path(tempfile.mkdtemp())
    if store == "PostgreSQL":
        return stack.enter_context(postgresql())
    if store == "mlflow server":
        return stack.enter_context(mlflow_server(folder))
    return f"sqlite:///{folder}/mlflow.db"


def _writer(uri: str, records: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, uri, str(records), str(METRICS)]
    made = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    _hear(made)
    return made


def _tell(writer: subprocess.Popen[str]) -> None:
    assert writer.stdin is not None
    writer.stdin.write("go\n")
    writer.stdin.flush()


def _hear(writer: subprocess.Popen[str]) -> str:
    assert writer.stdout is not None
    if not (line := writer.stdout.readline()):
        raise RuntimeError("a writer has ended")
    return line


CONTENDERS = {store: _store(store) for store in ("SQLite", "PostgreSQL", "mlflow server")}
