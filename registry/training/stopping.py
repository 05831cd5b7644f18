"""Ends a run from anywhere that sees its folder: a file there asks it to stop after its epoch."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from registry.console.files import write_whole

if TYPE_CHECKING:
    from registry.training.run import Run

STOP_FILE = "stop"
"""The file in a run's folder that asks it to stop; its text says why."""

STOPPED = "stopped"
"""The tag of a run that was asked to stop, with the reason."""


def ask_to_stop(folder: Path, reason: str) -> None:
    """Ask the run in a folder to stop after its epoch; raises OSError if that cannot be written."""
    write_whole(folder / STOP_FILE, reason + "\n")


def asked_to_stop(folder: Path) -> str:
    """Return why the run in a folder is asked to stop; empty if it is not."""
    with suppress(OSError):
        return (folder / STOP_FILE).read_text(encoding="utf-8").strip() or "no reason was given"
    return ""


def stop_if_asked(run: Run) -> None:
    """End a run that is asked to stop as a signal would: what it has learnt is saved, and it is KILLED."""
    if reason := asked_to_stop(run.folder):
        run.progress.line(f"asked to stop: {reason}")
        run.tag(STOPPED, reason)
        os.kill(os.getpid(), signal.SIGTERM)
