"""What was recorded of a run, as its page shows it; from a store, or collected while the run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.contract.errors import RunError
from registry.contract.run_store import Point
from registry.measuring.words import Words
from registry.tracking.runs import RecordedRun, Runs

FIGURES = "figures"
"""Folder of a run's files: the figures of each monitor at its last look, as numbers."""

NODES_FILE = f"{FIGURES}/nodes.json"
"""File of a run: the time and the gradient of every node, measured at the end."""

EVENT_FILE = f"{FIGURES}/event.json"
"""File of a run: the event that monitors look at, with what the network says of it at the end."""

EVALUATION_FILE = "evaluation/evaluation.json"
"""File of a run: how its test events were evaluated."""

WARNINGS_FILE = "warnings.txt"
"""File of a run: what was warned of while it went on, a line each."""

PARENT = "parent.run"
"""The tag that names the run that another one was started from."""

PAGE_FILE = "page/page.html"
"""File of a run: its page."""


@dataclass(frozen=True)
class RunRecord:
    """A run: what it is, its parameters and tags, the history of every metric, and the files it has kept."""

    name: str
    status: str
    id: str = ""
    experiment: str = ""
    tracker: str = ""
    started: float = 0.0
    command: str = ""
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    files: Sequence[str] = ()
    content: Callable[[str], bytes | None] = lambda path: None

    def text(self, path: str) -> str:
        """Return a text file of the run; empty if it has none of that name."""
        content = self.content(path)
        return content.decode("utf-8", "replace") if content is not None else ""

    def json(self, path: str) -> Any:
        """Return what a JSON file of the run holds; None if it has none of that name that can be read."""
        try:
            return json.loads(self.text(path))
        except ValueError:
            return None

    def last(self, metric: str) -> float | None:
        """Return the last value of a metric; None for one that the run has not."""
        points = self.metrics.get(metric, ())
        return points[-1].value if points else None

    @cached_property
    def evaluation(self) -> Mapping[str, Any]:
        """How its test events were evaluated; empty for a run that was not."""
        return self.json(EVALUATION_FILE) or {}

    @cached_property
    def words(self) -> Words:
        """What its data are said to hold, as the evaluation of its test events has it."""
        return Words.read(self.evaluation.get("words", {}))

    def inside(self, folder: str) -> list[str]:
        """Return the files in a folder of the run, by name."""
        return sorted(path for path in self.files if path.startswith(f"{folder}/"))


def parent_of(record: RunRecord, runs: Runs) -> RunRecord | None:
    """Return the run that a run was started from, without its metrics; None if there is none that can be read."""
    named = record.tags.get(PARENT, "")
    if not named:
        return None
    try:
        return read(runs.find(named), metrics=False)
    except RunError:
        return None


def read(found: RecordedRun, metrics: bool = True) -> RunRecord:
    """Read a recorded run; raises RunError if its store cannot be read."""
    summary, store = found.summary, found.store

    def content(path: str) -> bytes | None:
        with TemporaryDirectory() as folder:
            try:
                return found.download(path, Path(folder)).read_bytes()
            except (RunError, OSError):
                return None

    return RunRecord(
        summary.name,
        summary.status,
        summary.id,
        summary.experiment,
        found.tracking,
        summary.started,
        summary.command,
        summary.description,
        store.parameters(summary.id),
        found.tags(),
        store.metrics(summary.id) if metrics else {},
        store.files(summary.id),
        content,
    )
