"""Delivers records in the background, so that a slow or absent server never holds training up nor ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from registry.contract.tracker import Warn
from registry.plugins.trackers.mlflow.client import root_cause
from registry.plugins.trackers.mlflow.journal import Journal
from registry.plugins.trackers.mlflow.outbox import Outbox
from registry.plugins.trackers.mlflow.receiver import LARGEST, Receiver, Refused, RunGone
from registry.plugins.trackers.mlflow.records import Record, Value, shown

INTERVAL = 1.0
"""Seconds between two deliveries, unless a full batch has gathered before; in an outage, between two notes of it."""

PAUSES = (2.0, 5.0, 15.0, 60.0)
"""Seconds before the next attempt after one, two, ... failures in a row."""

LAST_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""The same when the run has ended."""

PATIENCE = 30.0
"""Seconds for which a run that has ended tries to deliver what waits."""


class Delivery:
    """Sends records from a thread of its own.

    What cannot be delivered is tried again, and written to the journal within a second. `warn` says what happened, once
    for each outage.
    """

    def __init__(self, receiver: Receiver, journal: Journal, warn: Warn) -> None:
        self.journal, self._warn = journal, warn
        self._outbox = Outbox(receiver, self._refused)
        self._noted: set[int] = set()
        self._failures = self._refusals = 0
        self._gone = self._closing = self._unwritten = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="tracking", daemon=True)

    def start(self, records: Iterable[Record]) -> None:
        """Deliver the first records, and begin to deliver in the background."""
        self._outbox.add(records)
        self._attempt()
        self._thread.start()

    def values(self, values: Mapping[str, float], step: int, taken: float | None = None) -> None:
        """Queue metrics taken at a step; `taken`: when, in seconds since 1970, by default now."""
        now = int((time.time() if taken is None else taken) * 1000)
        self.add(Value(name, float(value), step, now) for name, value in values.items())

    def add(self, records: Iterable[Record]) -> None:
        """Queue records."""
        with self._changed:
            self._outbox.add(records)
            if len(self._outbox) >= LARGEST[Value]:
                self._changed.notify()

    def close(self, patience: float | None = None) -> int:
        """Deliver what waits, for about `patience` seconds; return how many records are left, in the journal."""
        patience = PATIENCE if patience is None else patience
        deadline = time.monotonic() + patience
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(patience)
        attempt = 0
        while not self._thread.is_alive() and not self._attempt() and not self._gone:
            pause = LAST_PAUSES[min(attempt, len(LAST_PAUSES) - 1)]
            if time.monotonic() + pause > deadline:
                break
            time.sleep(pause)
            attempt += 1
        return self._settle()

    def _settle(self) -> int:
        """Write what is left, and say so."""
        left = [*self._outbox.waiting(), *self._outbox.aside]
        try:
            self.journal.settle(left)
        except OSError as error:
            where = f"{error.filename} cannot be written either ({error.strerror}): they are lost"
            self._warn(f"{len(left)} records of this run could not be logged; {where}")
            return len(left)
        finally:
            self.journal.close()
        if left:
            command = f"python -m registry.deliver {self.journal.folder}"
            number = "1 record of this run is" if len(left) == 1 else f"{len(left)} records of this run are"
            self._warn(f"{number} not logged yet, and kept in {self.journal.path}; later: `{command}`")
        return len(left)

    def _run(self) -> None:
        """Deliver until the run has ended; in an outage note what comes while the next attempt is waited for."""
        tried = time.monotonic()
        while not self._closing:
            with self._changed:
                if not self._closing and (self._failures or len(self._outbox) < LARGEST[Value]):
                    self._changed.wait(INTERVAL)
            pause = PAUSES[min(self._failures, len(PAUSES)) - 1] if self._failures else 0.0
            if self._closing:
                return
            if time.monotonic() - tried >= pause:
                self._attempt()
                tried = time.monotonic()
            else:
                self._note()

    def _attempt(self) -> bool:
        """Send everything that waits; on failure keep the rest, and return False."""
        try:
            self._outbox.send(again=bool(self._failures))
        except Exception as error:
            self._failed(error)
            return False
        if self._failures:
            self._warn("tracking works again; nothing was lost")
        self._failures, self._gone = 0, False
        if self._outbox.aside:
            self._note()
        return True

    def _refused(self, record: Record, error: Refused) -> None:
        """Say of the first record only that it is refused: there may be thousands."""
        if error.never:
            self._warn(f"mlflow leaves out {shown(record)}: {error}")
            return
        self._refusals += 1
        if self._refusals == 1:
            self._warn(f"mlflow refuses {shown(record)} ({error}); it is kept in {self.journal.path}")

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        gone = isinstance(error, RunGone)
        if self._failures == 1 or gone > self._gone:
            reason = str(error) if gone else root_cause(error)
            self._warn(f"tracking fails ({reason}); training goes on, records are kept in {self.journal.path}")
        self._gone = gone
        self._note()

    def _note(self) -> None:
        """Write what is in the memory only to the journal; a full disk is tried again with the next record."""
        left = [*self._outbox.waiting(), *self._outbox.aside]
        new = [record for record in left if id(record) not in self._noted]
        if new:
            with suppress(OSError):
                self.journal.append(new)
                self._noted = {id(record) for record in left}
