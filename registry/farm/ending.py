"""Ends a worker of a batch system that does not end by itself: its job would hold the machine."""

from __future__ import annotations

import os
import threading
import time

from distributed import get_worker
from distributed.core import Status
from distributed.worker import Worker

TIME = 60.0
"""Seconds that a worker has to close in."""

LOOK = 2.0

_watched: set[str] = set()
"""The workers that are watched, by their addresses."""


def see_to_its_end() -> None:
    """Watch the worker that calls this: once it closes, its process ends within a minute."""
    worker = get_worker()
    if worker.address not in _watched:
        _watched.add(worker.address)
        threading.Thread(target=_watch, args=(worker,), name="end of the worker", daemon=True).start()


def _watch(worker: Worker) -> None:
    while worker.status not in (Status.closing, Status.closed, Status.failed):
        time.sleep(LOOK)
    time.sleep(TIME)
    os._exit(0)
