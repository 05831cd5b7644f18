"""Turns Ctrl-C and the signals that end processes into one KeyboardInterrupt, when the state of the run is whole."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from registry.console.signals import SIGNALS

Handler = Callable[[int, FrameType | None], object] | int | None
"""What Python calls for a signal, or one of its constants."""

PATIENCE = b"\nthe run is being closed: what it has learnt is saved and logged, please wait\n"

AGAIN = b"\nthe batch is finished, then the run is saved and closed; Ctrl-C again stops it at once\n"

AT_ONCE = b"\nstopped at once: --resume goes on from the last checkpoint that was saved\n"

APART = 0.5
"""Seconds between two signals that are two: a terminal and a program around this one may both hand on the same."""


class Interrupts:
    """Within its context the first signal raises KeyboardInterrupt; the second Ctrl-C ends the process at once.

    Other signals change nothing once the run is being closed, and Ctrl-C once more where none had begun that.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Handler] = {}
        self._held = 0
        self.number = int(signal.SIGINT)
        """The signal that ended the run, if one did."""
        self._pending = self._closing = False
        self._first: float | None = None
        """When the Ctrl-C came that ends the run."""
        self.received = False
        """Whether a signal has asked the run to end."""

    def __enter__(self) -> Interrupts:
        # Python delivers signals to the main thread only, and lets no other one set handlers.
        if threading.current_thread() is threading.main_thread():
            # What is ignored stays so: `nohup`, and Ctrl-C for what a shell has put into the background.
            heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._received) for number in heard}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Finish what is inside before an interrupt is raised: it must not be done by half."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self._pending and not self._held:
            self._pending = False
            raise KeyboardInterrupt

    def close(self) -> None:
        """From here on nothing is interrupted any more: the run is being saved."""
        self._closing = True

    def _received(self, number: int, frame: FrameType | None) -> None:
        again = self._first is not None and time.monotonic() - self._first > APART
        if number == signal.SIGINT and self._first is None:
            self._first = time.monotonic()
        if self._closing:
            if number == signal.SIGINT and again:
                os.write(2, AT_ONCE)
                # Nothing is written by half: every file takes its place when it is whole.
                os._exit(128 + number)
            # `print` may be what was interrupted, and cannot be entered again.
            os.write(2, PATIENCE)
            return
        self._closing = self.received = True
        self.number = number
        if number == signal.SIGINT:
            os.write(2, AGAIN)
        if self._held:
            self._pending = True
            return
        raise KeyboardInterrupt
