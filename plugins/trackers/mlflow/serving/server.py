"""Starts mlflow's server over a copy of a store, and ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from registry.contract.errors import RunError
from registry.plugins.trackers.mlflow.client import DEFAULTS
from registry.plugins.trackers.mlflow.serving.gathering import add_histories, gather

PATIENCE = 300.0
"""Seconds until the server has to answer."""

PAUSE = 0.2


def serve(folder: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """Show the runs in a folder on mlflow's pages until the program is interrupted; `port` 0: one that is free.

    Raises RunError if the folder holds no runs, or the server does not start.
    """
    port = _port(host, port)
    with tempfile.TemporaryDirectory(prefix="registry-serve-") as place:
        number = gather(folder, Path(place) / "mlflow.db", say)
        with _server(Path(place), host, port) as process:
            when = time.strftime("%H:%M")
            say(f"{number:,} runs of {folder}, as they were at {when}: http://{host}:{port}   (Ctrl-C ends it)")
            add_histories(folder, Path(place) / "mlflow.db")
            process.wait()
            raise RunError(f"mlflow's server has ended by itself, with status {process.returncode}")


def _port(host: str, port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            hint = "name another one: --port N, or 0 for any that is free"
            raise RunError(f"port {port} of {host} cannot be used: {error.strerror}\n  {hint}") from error
        return int(probe.getsockname()[1])


@contextmanager
def _server(place: Path, host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(port), "--workers", "1"]
    store = ["--backend-store-uri", f"sqlite:///{place}/mlflow.db", "--artifacts-destination", f"{place}/files"]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")} | DEFAULTS
    # It only shows: the process that would run jobs is not started.
    settings |= {"TMPDIR": str(place), "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    log = place / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*command, *store], stdout=written, stderr=written, env=settings, cwd=place, start_new_session=True
        )
    try:
        _wait_for(f"http://{host}:{port}/health", process, log)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    # Never by way of a proxy: the server is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), opener.open(url, timeout=2):
            return
        time.sleep(PAUSE)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise RunError(f"mlflow's server does not answer: {' '.join(last) or f'{PATIENCE:.0f} s have passed'}")
