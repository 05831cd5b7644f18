"""Keeps every metric of a run beside its checkpoints: what a run that is resumed had recorded, whatever ended it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path

from registry.console.files import write_whole
from registry.contract.tracker import Recorded

HISTORY_FILE = "history.jsonl"

TERMS = tuple(f"{part}/{term}" for part in ("train", "epoch", "validation") for term in ("*.*", "regularisation"))
"""Metrics that are terms of the loss, by pattern: "train/loss.energy", and what penalties on weights add."""


class History:
    """The file `history.jsonl` in a run's folder, a line for every time that metrics were logged.

    It is needed only to resume the run: if it cannot be written, the run goes on. A term of a loss that is zero counts
    for nothing until it is anything else: most losses have terms that an option has switched off. So does what
    monitors find only where something is wrong (`rare`: patterns of such metrics).
    """

    def __init__(self, folder: Path, rare: Iterable[str] = ()) -> None:
        self.path = folder / HISTORY_FILE
        self._rare = (*TERMS, *rare)
        self.count = 0
        self._zeros: dict[str, list[Recorded]] = {}
        self._used: set[str] = set()

    def append(self, metrics: Mapping[str, float], step: int) -> Iterable[Recorded]:
        """Add what is logged at a step, and return what trackers are to record now.

        That is without terms and the like that have always been zero; when one is not any more, its zeros come with it.
        """
        self.count += 1
        record = Recorded(step, time.time(), {name: float(value) for name, value in metrics.items()})
        with suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record)) + "\n")
        return list(self._of_use(record))

    def _of_use(self, record: Recorded) -> Iterator[Recorded]:
        now = dict(record.metrics)
        for name, value in record.metrics.items():
            if name in self._used or not any(fnmatchcase(name, pattern) for pattern in self._rare):
                continue
            if value == 0:
                self._zeros.setdefault(name, []).append(Recorded(record.step, record.time, {name: now.pop(name)}))
            else:
                self._used.add(name)
                yield from self._zeros.pop(name, [])
        if now:
            yield Recorded(record.step, record.time, now)

    def go_on_from(self, count: int) -> list[Recorded] | None:
        """Return what trackers have of the first `count` records, and keep no others; None if any are gone."""
        self.count = count
        self._zeros, self._used = {}, set()
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[:count]
            records = [Recorded(**json.loads(line)) for line in lines]
        except (OSError, ValueError, TypeError):
            return None
        if len(records) < count:
            return None
        write_whole(self.path, "".join(lines))
        return [part for record in records for part in self._of_use(record)]
