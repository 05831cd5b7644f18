"""Delivers records in the background, so that a slow or absent server never holds training up nor ends it."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from registry.plugins.trackers.mlflow.client import root_cause

INTERVAL = 1.0
"""Seconds between two deliveries, unless a full batch has gathered before."""

BATCH = 1000
"""Values in one request, the most mlflow takes."""

PAUSES = (2.0, 5.0, 15.0, 60.0)
"""Seconds before the next attempt after one, two, ... failures in a row."""


@dataclass(frozen=True)
class Value:
    """One metric: name, value, step, and when it was taken (milliseconds since 1970)."""

    name: str
    value: float
    step: int
    timestamp: int


@dataclass(frozen=True)
class Job:
    """Something else to deliver: the call that does it, and what a local copy says of it."""

    call: Callable[[], None]
    record: Mapping[str, str]


class Rejected(Exception):
    """The receiver will never take this record: it is dropped, not repeated."""


class Delivery:
    """Sends values in batches and jobs one by one, from a thread of its own.

    What cannot be delivered is kept, written once to the file `copy` (JSON, one record a line), and tried again.
    `send` takes up to 1000 values; `warn` says what happened, once for each outage.
    """

    def __init__(self, send: Callable[[list[Value]], None], copy: Path, warn: Callable[[str], None]) -> None:
        self._send, self._copy, self._warn = send, copy, warn
        self._values: deque[Value] = deque()
        self._jobs: deque[Job] = deque()
        self._copied_values = self._copied_jobs = 0
        self._failures = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="tracking", daemon=True)
        self._thread.start()

    def values(self, values: Mapping[str, float], step: int, taken: float | None = None) -> None:
        """Queue metrics taken at a step; `taken`: when, in seconds since 1970, by default now."""
        now = int((time.time() if taken is None else taken) * 1000)
        with self._changed:
            self._values.extend(Value(name, float(value), step, now) for name, value in values.items())
            if len(self._values) >= BATCH:
                self._changed.notify()

    def job(self, job: Job) -> None:
        """Queue something else."""
        with self._changed:
            self._jobs.append(job)

    def close(self, patience: float = 60.0) -> bool:
        """Deliver what waits, for at most `patience` seconds after the thread's last attempt; say if all arrived."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(patience)
        deadline = time.monotonic() + patience
        while not self._thread.is_alive() and self._waiting() and time.monotonic() < deadline and self._failures < 3:
            if not self._deliver():
                time.sleep(min(1.0, patience))
        if self._waiting():
            copied = self._copied_values + self._copied_jobs == self._waiting()
            kept = f"they are kept in {self._copy}" if copied else f"{self._copy} could not take them either"
            self._warn(f"{self._waiting()} records of this run could not be logged; {kept}")
            return False
        self._copy.unlink(missing_ok=True)
        return True

    def _waiting(self) -> int:
        return len(self._values) + len(self._jobs)

    def _run(self) -> None:
        while not self._closing:
            pause = PAUSES[min(self._failures, len(PAUSES)) - 1] if self._failures else INTERVAL
            with self._changed:
                full = not self._failures and len(self._values) >= BATCH
                if not full and not self._closing:
                    self._changed.wait(pause)
            self._deliver()

    def _deliver(self) -> bool:
        """Send everything that waits; on failure keep the rest, and return False."""
        try:
            while self._values:
                batch = [self._values[index] for index in range(min(BATCH, len(self._values)))]
                self._attempt(lambda batch=batch: self._send(batch), f"{len(batch)} metrics")  # type: ignore[misc]
                self._drop(len(batch), 0)
            while self._jobs:
                self._attempt(self._jobs[0].call, str(dict(self._jobs[0].record))[:200])
                self._drop(0, 1)
        except Exception as error:
            self._failed(error)
            return False
        if self._failures:
            self._warn("tracking works again; nothing was lost")
            self._failures = 0
        return True

    def _attempt(self, call: Callable[[], None], what: str) -> None:
        try:
            call()
        except Rejected as error:
            self._warn(f"not logged, and not tried again: {what}: {error}")

    def _drop(self, values: int, jobs: int) -> None:
        with self._changed:
            for _ in range(values):
                self._values.popleft()
            for _ in range(jobs):
                self._jobs.popleft()
            self._copied_values = max(0, self._copied_values - values)
            self._copied_jobs = max(0, self._copied_jobs - jobs)

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:
            reason = root_cause(error)
            self._warn(f"tracking fails ({reason}); training goes on, records are kept in {self._copy} and tried again")
        with suppress(OSError):  # a full disk: what waits is still in memory, and copied after the next failure
            self._write_copy()

    def _write_copy(self) -> None:
        with self._changed:
            records = [vars(value) for value in list(self._values)[self._copied_values :]]
            records += [dict(job.record) for job in list(self._jobs)[self._copied_jobs :]]
            waiting = len(self._values), len(self._jobs)
        self._copy.parent.mkdir(parents=True, exist_ok=True)
        with self._copy.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)
        self._copied_values, self._copied_jobs = waiting
