"""Says in their store how runs ended whose processes were killed before they could."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from registry.contract.errors import RunError
from registry.contract.tracker import Tracking
from registry.tracking.runs import REASON_FILE
from registry.tracking.undelivered import deliver, undelivered


def close_lost(trackings: Mapping[str, Tracking], tracker: str, run: str, folder: Path, reason: str) -> str:
    """Record that a run has failed if it still is RUNNING, and why; return a warning if that cannot be recorded.

    `tracker`: what keeps the run; `folder`: its local folder, which may hold what is not recorded yet.
    """
    tracking = trackings.get(tracker)
    if not run or tracking is None or tracking.end is None:
        return ""
    try:
        with suppress(RunError):
            for file in undelivered(folder):
                deliver(file, trackings)
        tracking.end(run, "FAILED", {REASON_FILE: reason + "\n"})
    except RunError as error:
        return f"run {run} stays RUNNING in its store: {error}"
    return ""
