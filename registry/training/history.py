"""Keeps every metric of a run beside its checkpoints: what a run that is resumed had recorded, whatever ended it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from registry.console.files import write_whole
from registry.contract.tracker import Recorded

HISTORY_FILE = "history.jsonl"


class History:
    """The file `history.jsonl` in a run's folder, a line for every time that metrics were logged.

    It is needed only to resume the run: if it cannot be written, the run goes on.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / HISTORY_FILE
        self.count = 0

    def append(self, metrics: Mapping[str, float], step: int) -> None:
        """Add what is logged at a step."""
        self.count += 1
        record = Recorded(step, time.time(), {name: float(value) for name, value in metrics.items()})
        with suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record)) + "\n")

    def go_on_from(self, count: int) -> list[Recorded] | None:
        """Return the first `count` records, and keep no others; None if they are not all there."""
        self.count = count
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[:count]
            records = [Recorded(**json.loads(line)) for line in lines]
        except (OSError, ValueError, TypeError):
            return None
        if len(records) < count:
            return None
        write_whole(self.path, "".join(lines))
        return records
