"""What came of a training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry.contract.run_store import Status

NO_RUN = "no run was begun, and nothing was changed"
"""What is said of a training that a signal ends before there is anything to keep."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended, what it is called in the tracker that keeps it, its name, and the local folder of its files.

    `undelivered`: how to record later what could not be recorded; empty if all was. `signal`: the number of the one
    that ended a run that is KILLED. `failures`: what has failed without ending the training (monitors).
    """

    status: Status
    run_id: str
    name: str
    folder: Path
    tracker: str
    undelivered: str = ""
    signal: int = 0
    failures: tuple[str, ...] = ()
