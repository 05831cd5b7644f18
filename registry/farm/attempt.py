"""What a worker of the farm does: one attempt at a task, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.contract.secrets import shown_command
from registry.farm import guard
from registry.farm.log import heading, heading_of, last_message, logs, new_log
from registry.farm.task import Task

ENDS = "REGISTRY_FARM_ENDS"
"""The variable by which a job of a batch system says when, in seconds since 1970, its tasks have to end."""

PATIENCE = 60.0
"""Seconds that a task has to end in, once it was asked to: a training saves a checkpoint."""

LOOK = 0.3
"""Seconds between two looks at a task."""

LEAVING = 3.0
"""Seconds from the end of a worker's last task to its own."""

THREADS = (
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "NUMBA_NUM_THREADS"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
)
"""Variables that say how many threads a process has: TensorFlow's, Numba's, and those of what NumPy calls."""

End = Literal["exit", "walltime", "stopped"]


@dataclass(frozen=True)
class Attempt:
    """One attempt at a task.

    `farm`: which one asks for it. `token`: unlike that of any other attempt. `again`: whether it goes on with what
    another one has begun. `folder`: the working folder. `threads`: of the process, 0 for its share of the worker's.
    `environment`: variables that its place in the farm sets.
    """

    task: Task
    farm: str
    token: str
    again: bool
    folder: Path
    threads: int
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Ended:
    """How an attempt has ended; `why`: by itself, because the job's time is over, or because the farm was stopped."""

    exit_status: int
    reason: str
    seconds: float
    host: str
    why: End = "exit"


_running: dict[str, tuple[str, subprocess.Popen[bytes]]] = {}
"""The processes that this worker runs, by the attempt's token, each with the farm that asked for it."""

_stopped: set[str] = set()
"""Farms that have been stopped."""


def run_attempt(attempt: Attempt) -> Ended:
    """Run a task's command, and wait for its end."""
    task, started, host = attempt.task, time.monotonic(), socket.gethostname()
    if ENDS in os.environ:
        from registry.farm.ending import see_to_its_end

        see_to_its_end()
    # A scheduler may give an attempt to another worker by itself, when the first one has vanished.
    repeated = any(attempt.token in heading_of(log) for log in logs(task.folder))
    arguments = task.again if task.again and (attempt.again or repeated) else task.arguments
    try:
        log, stream = new_log(task.folder, heading(shown_command(["python", "-m", *arguments]), host, attempt.token))
        with stream:
            process = _begun(attempt, arguments, stream.fileno())
    except OSError as error:
        return Ended(1, f"{error.filename}: {error.strerror}, on {host}", time.monotonic() - started, host)
    _running[attempt.token] = attempt.farm, process
    try:
        why = _watched(process, attempt.farm)
    finally:
        del _running[attempt.token]
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Ended(status, _reason(status, why, log), time.monotonic() - started, host, why)


def _begun(attempt: Attempt, arguments: tuple[str, ...], output: int) -> subprocess.Popen[bytes]:
    threads = dict.fromkeys(THREADS, str(attempt.threads or _share()))
    environment = {**threads, "PYTHONUNBUFFERED": "1", **os.environ, **dict(attempt.environment)}
    guarded = [sys.executable, "-I", "-S", str(Path(guard.__file__)), str(os.getpid()), str(PATIENCE)]
    return subprocess.Popen(
        [*guarded, sys.executable, "-m", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=attempt.folder,
        env={**environment, **attempt.task.environment},
        start_new_session=True,
    )


def _share() -> int:
    """Return the cores of this machine, divided by the tasks that this worker runs at once."""
    from dask.system import cpu_count
    from distributed import get_worker

    return max(1, cpu_count() // get_worker().state.nthreads)


def _watched(process: subprocess.Popen[bytes], farm: str) -> End:
    """Wait for the end of a process, which is asked to end when the job's time is over, or nobody waits for it."""
    ends = float(os.environ.get(ENDS, "inf"))
    why: End = "exit"
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK)
            return why
        if why == "exit" and (farm in _stopped or not _is_wanted()):
            why = "stopped"
            process.terminate()
        elif why == "exit" and time.time() > ends:
            why = "walltime"
            _leave()
            process.terminate()


def _is_wanted() -> bool:
    """Say whether whoever gave out what this thread does still waits for it."""
    from distributed import get_worker

    try:
        worker = get_worker()
    except ValueError:
        return True
    known = worker.state.tasks.get(worker.get_current_task())
    return known is not None and known.state == "executing"


def _leave() -> None:
    """Let this worker, whose job is about to end, take no other task, and end it once its tasks have."""
    from distributed import get_worker

    worker = get_worker()

    async def leave() -> None:
        await worker.set_resources(**dict.fromkeys(worker.state.total_resources, 0))
        while worker.state.executing_count:
            await asyncio.sleep(LOOK)
        # What came of the last one is fetched meanwhile.
        await asyncio.sleep(LEAVING)
        await worker.close(reason="walltime")

    worker.loop.add_callback(leave)


def _reason(status: int, why: End, log: Path) -> str:
    if why == "walltime":
        return "the walltime of the job has ended"
    if why == "stopped":
        return "stopped"
    if not status:
        return ""
    said = last_message(log)
    try:
        name = signal.Signals(status - 128).name
    except ValueError:
        return said or f"exit status {status}"
    by = f"ended by {name}" + (", as the system does where memory runs out" if name == "SIGKILL" else "")
    return f"{by}; its last message: {said}" if said else by


def stop(farm: str, number: int = signal.SIGTERM) -> int:
    """Ask the tasks of a farm that run here to end; return how many there are. A worker calls it between others."""
    _stopped.add(farm)
    own = [process for name, process in list(_running.values()) if name == farm]
    for process in own:
        with suppress(ProcessLookupError):
            process.send_signal(number)
    return len(own)


def count(farm: str) -> int:
    """Return how many tasks of a farm run here."""
    return sum(name == farm for name, _ in list(_running.values()))
