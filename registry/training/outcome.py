"""What came of a training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry.contract.tracker import Status


@dataclass(frozen=True)
class Outcome:
    """How a run ended, what it is called in the tracker that keeps it, its name, and the local folder of its files.

    `undelivered`: how to record later what could not be recorded; empty if all was.
    """

    status: Status
    run_id: str
    name: str
    folder: Path
    tracker: str
    undelivered: str = ""
