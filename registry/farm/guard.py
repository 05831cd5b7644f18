"""Runs a command as its child, and ends it, with all that it has begun, when the process that asked for it is gone.

It is run as a file, `python guard.py PARENT PATIENCE COMMAND ...`, and imports nothing of the package: it is there for
as long as the command runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType

LOOK = 0.2
"""Seconds between two looks whether the parent is there."""

_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""


class Guard:
    """Passes signals on to a command's processes; `patience`: seconds from the first one until they are killed."""

    def __init__(self, parent: int, patience: float, command: list[str]) -> None:
        self._parent, self._patience, self._command = parent, patience, command
        self._child: subprocess.Popen[bytes] | None = None
        self._asked: float | None = None
        """When the command was asked to end."""

    def run(self) -> int:
        """Run the command; return its exit status, 128 and the number of the signal that has ended it."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._pass_on)
        self._child = subprocess.Popen(self._command, process_group=0, preexec_fn=_die_with_parent)
        while (status := self._waited()) is None:
            if self._asked is None and os.getppid() != self._parent:
                self._pass_on(signal.SIGTERM)
            if self._asked is not None and time.monotonic() - self._asked > self._patience:
                self._send(signal.SIGKILL)
        # What the command has left behind.
        self._send(signal.SIGKILL)
        return status if status >= 0 else 128 - status

    def _waited(self) -> int | None:
        assert self._child is not None
        try:
            return self._child.wait(LOOK)
        except subprocess.TimeoutExpired:
            return None

    def _pass_on(self, number: int, frame: FrameType | None = None) -> None:
        if self._asked is None:
            self._asked = time.monotonic()
            self._send(number)

    def _send(self, number: int) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)


def _die_with_parent() -> None:
    """Let this process be killed when the guard is."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(Guard(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]).run())
