"""Shows how far a long task is: in one line on a terminal, in a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from registry.console.terminal import console

QUIET_SECONDS = 5.0
"""Least time between two lines in a log."""

LIVE_SECONDS = 0.1
"""Least time between two looks of the line on a terminal."""

CLEARED = "\r\x1b[2K"
"""Back to the first column of the line, and nothing left in it."""


class Counting:
    """Counts what is done of a task of known size; `done`: what was before it began."""

    def __init__(self, label: str, total: int, unit: str, done: int = 0, stream: TextIO | None = None) -> None:
        self._console = console(stream or sys.stderr)
        self._live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._label, self._total, self._unit = label, total, unit
        self._done = self._before = done
        self._hits = 0
        self._started = self._shown = time.monotonic()

    def add(self, count: int, hits: int = 0) -> None:
        """Count some as done, with so many hits."""
        self._done += count
        self._hits += hits
        now = time.monotonic()
        if now - self._shown >= (LIVE_SECONDS if self._live else QUIET_SECONDS):
            self._shown = now
            self._show(now - self._started)

    def reach(self, done: int, total: int) -> None:
        """Say how much is done by now, and how much there is."""
        self._total = total
        self.add(done - self._done)

    def _show(self, seconds: float) -> None:
        parts = [f"{self._label} {self._done:,}/{self._total:,} {self._unit}"]
        if self._hits:
            parts.append(f"{self._hits / seconds:,.0f} hits/s")
        if self._done > self._before:
            parts.append(f"{seconds * (self._total - self._done) / (self._done - self._before):,.0f} s left")
        text = "  ".join(parts)
        if self._live:
            self._write(f"{CLEARED}{text[: self._console.width - 1]}")
        else:
            self._write(f"{text}\n")

    def end(self) -> None:
        """Remove the line from a terminal."""
        if self._live:
            self._write(CLEARED)

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()
