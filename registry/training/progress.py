"""Shows how training goes: stage, epoch, batch, time left, hits per second, each loss term, memory."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TextIO

from rich.control import Control
from rich.segment import ControlType

from registry.console.terminal import console
from registry.contract.secrets import without_secrets

QUIET_SECONDS = 5.0
"""Least time between two epochs that are shown on a terminal: short ones do not flood it."""

MUCH_WAITING = 0.03
"""Share of an epoch (of a second or more) spent without a batch above which it is said."""


WARNING = "warning: "
"""How a line begins that warns."""

ERASED = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))
"""Back to the first column of the line, and nothing left in it."""


class Progress:
    """On a terminal a line that is rewritten in place, and lasting lines of epochs; elsewhere one line an epoch."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = console(stream or sys.stdout)
        self._live = self._console.is_terminal and not self._console.is_dumb_terminal
        self.held: Callable[[], AbstractContextManager[None]] = nullcontext
        """What lets nothing interrupt what is inside."""
        self._hits, self._since = 0, time.perf_counter()
        self._last_epoch = -QUIET_SECONDS
        self._first = False
        self._stage = 0
        self._begun: tuple[float, float] | None = None
        self.left = ""
        """How long the rest of the stage takes; empty where that is not known, or nothing is left."""
        self.warnings: list[str] = []
        """The warnings that were shown."""
        self.where = ""
        self.decides = ""
        """The metric that decides how the stage goes on, with its last value."""

    def line(self, text: str = "") -> None:
        """Print a line that stays; one that is a warning is kept."""
        if text.startswith(WARNING):
            self.warnings.append(without_secrets(text.removeprefix(WARNING)))
        self._print(without_secrets(text))

    def epoch_started(self, stage: int, stages: int, label: str, epoch: int, epochs: int | None) -> None:
        """Remember where training is: stage and epoch, counted from 1; `epochs`: None if it is not known how many."""
        self.where = f"{label} ({stage}/{stages}) epoch {epoch}" + (f"/{epochs}" if epochs else "")
        self._first = epoch == 1
        self._hits, self._since = 0, time.perf_counter()
        if stage != self._stage:
            self._stage, self._begun, self.left, self.decides = stage, None, "", ""

    def batch_done(self, hits: int, share: float) -> None:
        """Count the hits of a batch; `share`: of the stage, 0 to 1, that is done with it."""
        self._hits += hits
        self._estimate(time.perf_counter(), share)

    def _estimate(self, now: float, share: float) -> None:
        """Say how long the rest of the stage takes if it goes on as it has since its first batch."""
        if self._begun is None:
            self._begun = (now, share)
        since, before = self._begun
        if share >= 1:
            self.left = ""
        elif share > before:
            self.left = f"{duration((now - since) * (1 - share) / (share - before))} left"

    def record(self, batch: int, batches: int, metrics: Mapping[str, float]) -> None:
        """Show the mean of every loss term since the last record, where the line can be rewritten."""
        if not self._live:
            return
        rate = self._hits / max(time.perf_counter() - self._since, 1e-9)
        loss, *others = terms(metrics) or [""]
        parts = [f"{self.where} batch {batch}/{batches}", f"{rate:,.0f} hits/s", self.left, self.decides, loss]
        shown = list(filter(None, [*parts, *others, memory()]))
        room = self._console.width - 1
        # Where there is little room, the rate goes before memory, what decides, the loss, and the time that is left.
        leaving = [*filter(None, [self.left, loss, self.decides, memory(), parts[1]]), *others]
        while leaving and len("  ".join(shown)) > room:
            shown.remove(leaving.pop())
        self._print("  ".join(shown)[:room], end="")

    def epoch_ended(
        self,
        train: Mapping[str, float],
        validation: Mapping[str, float],
        seconds: float,
        share: float,
        waiting: float = 0.0,
    ) -> None:
        """Print what an epoch brought: in a log in one line; on a terminal in several, and not of every short one.

        `share`: of the stage, 0 to 1, that is done; `waiting`: of the training time, in which there was no batch to
        train on, shown if it matters.
        """
        now = time.perf_counter()
        self._estimate(now, share)
        if self._live and not self._first and share < 1 and now - self._last_epoch < QUIET_SECONDS:
            return
        self._last_epoch = now
        rate = self._hits / max(seconds, 1e-9)
        matters = waiting > MUCH_WAITING and seconds >= 1
        idle = f"{100 * waiting:.0f} % of the time waiting for data" if matters else ""
        parts = [self.where, f"{seconds:.1f} s", f"{rate:,.0f} hits/s", self.left, self.decides, memory(), idle]
        head = "  ".join(filter(None, parts))
        named = [(part, metrics) for part, metrics in (("train", train), ("validation", validation)) if metrics]
        if not self._live:
            self.line("  ".join([head, *(f"{part}: {'  '.join(terms(metrics))}" for part, metrics in named)]))
            return
        self.line(head)
        for part, metrics in named:
            self.line(self._wrapped(f"    {part:<10} ", terms(metrics)))

    def _wrapped(self, head: str, items: Iterable[str]) -> str:
        """Return the items after a head, on as many lines as they need."""
        lines = [head]
        for item in items:
            if len(lines[-1]) + len(item) > self._console.width and lines[-1].strip() != head.strip():
                lines.append(" " * len(head))
            lines[-1] += f"{item}  "
        return "\n".join(line.rstrip() for line in lines)

    def _print(self, text: str, end: str = "\n") -> None:
        # A console that is interrupted while it writes would write the same again with what comes next.
        with self.held():
            if self._live:
                self._console.control(ERASED)
            self._console.print(text, end=end)
            self._console.file.flush()


def duration(seconds: float) -> str:
    """Return a time as people say it: "40 s", "12 min", "3.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def memory() -> str:
    """Return the memory that the process has now; empty where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return ""
    return f"{pages * resource.getpagesize() / 1e9:.1f} GB"


def terms(metrics: Mapping[str, float]) -> list[str]:
    """Return the loss and its terms as texts, "name value"; terms that are exactly zero are left out.

    A loss at the top level shows its terms; after them comes what is repeated in the passes of a loop, as sums.
    """
    shown: dict[str, float] = {}
    repeated: dict[str, float] = {}
    for name, value in metrics.items():
        node, _, term = name.rpartition(".")
        if "." in node:
            if term == "loss":
                label = node.rpartition(".")[2]
                repeated[label] = repeated.get(label, 0.0) + value
        elif not node or term != "loss" or not any(_is_term_of(other, node) for other in metrics):
            label = term if term not in shown and term != "loss" else name
            shown[label] = value
    return [f"{label} {value:.4g}" for label, value in {**shown, **repeated}.items() if value != 0]


def _is_term_of(name: str, node: str) -> bool:
    owner, _, term = name.rpartition(".")
    return owner == node and term != "loss"
