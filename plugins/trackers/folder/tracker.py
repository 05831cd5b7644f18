"""Records a run as plain files."""

from __future__ import annotations

import json
import math
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from registry.contract.errors import RunError
from registry.contract.run_store import Status
from registry.contract.tracker import Recorded, RunInfo, Tracker, Warn
from registry.plugins.trackers.folder.layout import (
    FILES,
    METRICS_FILE,
    PARAMETERS_FILE,
    RUN_FILE,
    RUNS,
    TAGS_FILE,
    append_line,
    copy_file,
    folder_name,
    run_folder,
    write_json,
    write_text,
)


class FolderTracker(Tracker):
    """Records one run in a folder of its own, `mlruns/runs/RUN`.

    Every record is in its file when the call returns. A file system that fails (a full disk) ends no run: what could
    not be written is kept in memory and tried again with the next record; `warn` is told of it.
    """

    def __init__(self, experiment: str, warn: Warn) -> None:
        self.experiment, self._warn = experiment, warn
        self.run_id = ""
        self.folder: Path | None = None
        self._head: dict[str, object] = {}
        self._waiting: deque[Callable[[Path], None]] = deque()
        self._failing = False

    def connect(self) -> None:
        """Make the folder all runs lie in; raises RunError if it cannot be made."""
        try:
            RUNS.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"runs cannot be recorded in {RUNS}: {error.strerror}") from error

    def start(self, info: RunInfo) -> None:
        """Make the run's folder, with its parameters, tags and texts; raises RunError if they cannot be written."""
        folder = RUNS / f"{folder_name(info.name)}-{secrets.token_hex(6)}"
        self._head = {
            "name": info.name,
            "experiment": self.experiment,
            "command": info.command,
            "description": info.description,
            "status": "RUNNING",
            "started": time.time(),
        }
        with recording(folder):
            folder.mkdir(parents=True)
            self._open(folder, info)
        self.folder, self.run_id = folder, folder.name

    def resume(self, run_id: str, info: RunInfo, history: Sequence[Recorded]) -> None:
        """Open a run's folder again: its metrics are those of `history`, what came after it is dropped; tags stay."""
        folder = run_folder(run_id)
        with recording(folder):
            head = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
            self._head = {**head, "status": "RUNNING"}
            self._head.pop("ended", None)
            lines = [json.dumps(_line(item.metrics, item.step, item.time)) + "\n" for item in history]
            write_text(folder / METRICS_FILE, "".join(lines))
            known = json.loads((folder / TAGS_FILE).read_text(encoding="utf-8"))
            self._open(folder, replace(info, tags={**known, **info.tags}))
        self.folder, self.run_id = folder, run_id

    def _open(self, folder: Path, info: RunInfo) -> None:
        """Write what a run consists of, and that it is running."""
        write_json(folder / PARAMETERS_FILE, info.parameters)
        write_json(folder / TAGS_FILE, {name: value for name, value in info.tags.items() if value != ""})
        for path, text in info.texts.items():
            write_text(folder / FILES / path, text)
        # The last one: a folder with this file is a run that is complete up to here.
        write_json(folder / RUN_FILE, self._head)

    def metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Write values at a step, a line for all of them."""
        line = _line(metrics, step, time.time())
        self._record(lambda folder: append_line(folder / METRICS_FILE, line))

    def artifact(self, path: Path, folder: str) -> None:
        """Copy a file to a folder of the run."""

        def copy(run: Path) -> None:
            try:
                copy_file(path, run / FILES / folder / path.name)
            except FileNotFoundError as error:
                self._warn(f"not recorded, and not tried again: {path}: {error.strerror}")

        self._record(copy)

    def text(self, text: str, path: str) -> None:
        """Write a text as a file of the run."""
        self._record(lambda folder: write_text(folder / FILES / path, text))

    def tag(self, name: str, value: str) -> None:
        """Add a tag to those of the run."""

        def add(folder: Path) -> None:
            known = json.loads((folder / TAGS_FILE).read_text(encoding="utf-8"))
            write_json(folder / TAGS_FILE, {**known, name: value})

        self._record(add)

    def finish(self, status: Status) -> None:
        """Write what waits, and how the run ended; a file system that fails is warned of, never an error."""
        if self.folder is None:
            return
        head = {**self._head, "status": status, "ended": time.time()}
        self._record(lambda folder: write_json(folder / RUN_FILE, head))
        if self._waiting:
            self._warn(f"{len(self._waiting)} records of this run could not be written to {self.folder}")

    def undelivered(self) -> str:
        """Return what could not be written; empty if all was."""
        return f"{len(self._waiting)} records could not be written to {self.folder}" if self._waiting else ""

    def where(self) -> str:
        """Return the run's address and its folder; empty if no run was opened."""
        return f"run {self.folder.name}   ({self.folder})" if self.folder else ""

    def _record(self, write: Callable[[Path], None]) -> None:
        """Write a record, and before it those that could not be written yet."""
        if self.folder is None:
            raise RuntimeError("nothing can be recorded before start()")
        self._waiting.append(write)
        try:
            while self._waiting:
                self._waiting[0](self.folder)
                self._waiting.popleft()
        except OSError as error:
            if not self._failing:
                reason = error.strerror or str(error)
                self._warn(f"{self.folder} cannot be written ({reason}); training goes on, and it is tried again")
            self._failing = True
            return
        if self._failing:
            self._warn("recording works again; nothing was lost")
        self._failing = False


@contextmanager
def recording(folder: Path) -> Iterator[None]:
    """Turn what goes wrong with the files of a run into a RunError."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"the run cannot be recorded in {folder}: {reason}") from error


def _line(metrics: Mapping[str, float], step: int, taken: float) -> dict[str, object]:
    """Return what the metrics file says of values at a step."""
    return {"step": step, "time": taken, "metrics": {name: _number(value) for name, value in metrics.items()}}


def _number(value: float) -> float | str:
    """Return a number as strict JSON can hold it."""
    value = float(value)
    return value if math.isfinite(value) else str(value)
