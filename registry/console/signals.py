"""What a command does when a signal asks it to end: Ctrl-C, SIGTERM of a batch system, the end of a connection.

Only commands listen; whoever imports the package keeps the handlers of the process.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, what batch systems send before they kill, and the end of a terminal or connection."""

PACKAGE = __name__.partition(".")[0]

NOTHING_BEGUN = "nothing was begun"


class Ended(KeyboardInterrupt):
    """A signal asks the process to end; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def said_of(number: int, what: str = "") -> str:
    """Return what is said of a process that a signal ends."""
    name = "" if number == signal.SIGINT else f" by {signal.Signals(number).name}"
    return f"interrupted{name}{': ' if what else ''}{what}"


def exit_status(error: KeyboardInterrupt) -> int:
    """Return the exit status of a process that was interrupted: 128 and the signal's number, as shells count."""
    return 128 + (error.number if isinstance(error, Ended) else signal.SIGINT)


class Listener:
    """Turns the first signal into a KeyboardInterrupt; `leaving_at_once` says where the process ends instead.

    `stream`: where the standard error stream leads.
    """

    def __init__(self) -> None:
        self.stream = 2
        self._leaves: str | None = None
        """What is said where the process ends at once; None where Ended is raised."""
        self._held = self._pending = 0
        self.note = ""
        """What is said besides where the process ends at once."""
        self.heard = 0
        """The signal that was turned into Ended, if one was: a module that is imported may make an error of its own of
        it, and lose it where it arrives in the middle of clearing away."""

    def listen(self) -> None:
        """Hear the signals that end the process; those that are ignored (`nohup`) or heard by others stay so."""
        # Python delivers signals to the main thread only, and lets no other one set handlers.
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                    signal.signal(number, self._received)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen within the context; a signal raises Ended."""
        main = threading.current_thread() is threading.main_thread()
        before = {number: signal.getsignal(number) for number in SIGNALS} if main else {}
        leaves, self._leaves = self._leaves, None
        hook, sys.unraisablehook = sys.unraisablehook, self._lost
        self.heard = 0
        self.listen()
        try:
            yield
        finally:
            sys.unraisablehook = hook
            self._leaves = None if leaves is None else ""
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def leaving_at_once(self, what: str = NOTHING_BEGUN) -> Iterator[None]:
        """Let a signal end the process where it is: nothing is being written, and imports cannot be left by halves.

        `what`: what is said of it.
        """
        before, self._leaves = self._leaves, what
        try:
            yield
        finally:
            self._leaves = before

    @contextmanager
    def held(self) -> Iterator[None]:
        """Finish what is inside before a signal is acted on: it must not be done by half."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        if self._pending and not self._held:
            number, self._pending = self._pending, 0
            self._act(number)

    def start(self) -> None:
        """Listen from here on if this process runs a command of the package, which is still to be imported."""
        program = Path(sys.argv[0]).name if sys.argv else ""
        # While Python looks for what `-m` names, it has not yet put it in the place of the program.
        module = sys.orig_argv[sys.orig_argv.index("-m") + 1 :][:1] if program == "-m" else []
        if program == PACKAGE or (module and module[0].partition(".")[0] == PACKAGE):
            self._leaves = NOTHING_BEGUN
            self.listen()

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self._held:
            self._pending = number
        else:
            self._act(number)

    def _act(self, number: int) -> None:
        error = Ended(number)
        if self._leaves is None:
            self.heard = number
            raise error
        self._leave(error)

    def _lost(self, unraisable: Any) -> None:
        """End the process where Ended was raised in the middle of clearing away, from where nothing is raised on."""
        if isinstance(unraisable.exc_value, Ended):
            self._leave(unraisable.exc_value)
        sys.__unraisablehook__(unraisable)

    def _leave(self, error: Ended) -> None:
        with suppress(Exception):
            sys.stdout.flush()
        with suppress(OSError):
            os.write(self.stream, f"{said_of(error.number, self._leaves or '')}{self.note}\n".encode())
        os._exit(exit_status(error))


LISTENER = Listener()
"""The one that all commands share: a process has one set of handlers."""
