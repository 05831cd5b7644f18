"""Shows how training goes: stage, epoch, batch, hits per second, each loss term; lines that fit a log as well."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from typing import TextIO

from rich.control import Control
from rich.segment import ControlType

from registry.console.terminal import console
from registry.contract.secrets import without_secrets

QUIET_SECONDS = 5.0
"""Least time between two lines in a log, and between two epochs that are shown: short epochs do not flood it."""

MUCH_WAITING = 0.03
"""Share of an epoch (of a second or more) spent without a batch above which it is said."""


ERASED = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))
"""Back to the first column of the line, and nothing left in it."""


class Progress:
    """Prints one line per record, rewritten in place on a terminal, and lasting lines per epoch."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = console(stream or sys.stdout)
        self._live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._hits, self._since = 0, time.perf_counter()
        self._last_record = self._last_epoch = -QUIET_SECONDS
        self._final = False
        self.where = ""

    def line(self, text: str = "") -> None:
        """Print a line that stays."""
        self._clear()
        self._console.print(without_secrets(text))
        self._console.file.flush()

    def epoch_started(self, stage: int, stages: int, label: str, epoch: int, epochs: int | None) -> None:
        """Remember where training is: stage and epoch, counted from 1; `epochs`: None if it is not known how many."""
        self.where = f"{label} ({stage}/{stages}) epoch {epoch}" + (f"/{epochs}" if epochs else "")
        self._final = epoch in (1, epochs)
        self._hits, self._since = 0, time.perf_counter()

    def batch_done(self, hits: int) -> None:
        """Count the hits of a batch."""
        self._hits += hits

    def record(self, batch: int, batches: int, metrics: Mapping[str, float]) -> None:
        """Show the mean of every loss term since the last record."""
        now = time.perf_counter()
        rate = self._hits / max(now - self._since, 1e-9)
        head = f"{self.where} batch {batch}/{batches}  {rate:,.0f} hits/s"
        shown = [head, *terms(metrics)]
        if self._live:
            room = self._console.width - 1
            while len(shown) > 1 and len("  ".join(shown)) > room:
                shown.pop()
            self._clear()
            self._console.print("  ".join(shown)[:room], end="")
            self._console.file.flush()
        elif now - self._last_record >= QUIET_SECONDS:
            self._last_record = now
            self.line("  ".join(shown))

    def epoch_ended(
        self, train: Mapping[str, float], validation: Mapping[str, float], seconds: float, waiting: float = 0.0
    ) -> None:
        """Print what an epoch brought; of epochs that take less than seconds, not every one.

        `waiting`: share of the training time in which there was no batch to train on, shown if it matters.
        """
        now = time.perf_counter()
        if not self._final and now - self._last_epoch < QUIET_SECONDS:
            return
        self._last_epoch = self._last_record = now
        rate = self._hits / max(seconds, 1e-9)
        idle = (
            f"  {100 * waiting:.0f} % of the time waiting for data" if waiting > MUCH_WAITING and seconds >= 1 else ""
        )
        self.line(f"{self.where}  {seconds:.1f} s  {rate:,.0f} hits/s{idle}")
        for part, metrics in (("train", train), ("validation", validation)):
            if metrics:
                self.line(self._wrapped(f"    {part:<10} ", terms(metrics)))

    def _wrapped(self, head: str, items: Iterable[str]) -> str:
        """Return the items after a head: on a terminal on as many lines as they need, in a log on one."""
        if not self._live:
            return head + "  ".join(items)
        lines = [head]
        for item in items:
            if len(lines[-1]) + len(item) > self._console.width and lines[-1].strip() != head.strip():
                lines.append(" " * len(head))
            lines[-1] += f"{item}  "
        return "\n".join(line.rstrip() for line in lines)

    def _clear(self) -> None:
        if self._live:
            self._console.control(ERASED)


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
