"""Reads the runs that are kept as plain files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict, cast

from registry.console.files import PARTIAL
from registry.contract.errors import RunError
from registry.contract.run_store import Point, RunRecord, RunStore, RunSummary, Status
from registry.plugins.trackers.folder.layout import (
    FILES,
    METRICS_FILE,
    PARAMETERS_FILE,
    RUN_FILE,
    RUNS,
    TAGS_FILE,
    folder_name,
    run_folder,
)


class Record(TypedDict):
    """A line of the metrics file."""

    step: int
    time: float
    metrics: dict[str, float | str]


class FolderRuns(RunStore):
    """The runs in `mlruns/runs`; a run in another place is named by its folder."""

    def place(self) -> str:
        """Return the folder the runs lie in."""
        return str(RUNS)

    def present(self) -> bool:
        """Say whether there is that folder."""
        return RUNS.is_dir()

    def find(self, name: str) -> list[RunSummary]:
        """Return the run of this identifier or in this folder, or else those of this name."""
        with _reading(name):
            for folder in (RUNS / name, Path(name)):
                if name and (folder / RUN_FILE).is_file():
                    return [_summary(folder)]
            # A run's folder is called like the run, with a few letters after it.
            near = [_summary(file.parent) for file in RUNS.glob(f"{folder_name(name)}-*/{RUN_FILE}")]
            return [summary for summary in near if summary.name == name]

    def runs(self, experiment: str) -> list[RunSummary]:
        """Return the runs of an experiment, the last one first."""
        with _reading(experiment):
            found = [_summary(file.parent) for file in RUNS.glob(f"*/{RUN_FILE}")]
        return _last_first(summary for summary in found if summary.experiment == experiment)

    def tagged(self, tag: str, value: str) -> list[RunSummary]:
        """Return the runs that have a tag with this value, the last one first."""
        with _reading(value):
            found = [_summary(file.parent) for file in RUNS.glob(f"*/{RUN_FILE}")]
        return _last_first(summary for summary in found if self.tags(summary.id).get(tag) == value)

    def records(self, experiment: str = "", tags: Mapping[str, str] = MappingProxyType({})) -> Iterator[RunRecord]:
        """Yield the runs that have all these tags, the last one first."""
        with _reading(experiment):
            found = [_summary(file.parent) for file in RUNS.glob(f"*/{RUN_FILE}")]
        for summary in _last_first(summary for summary in found if experiment in ("", summary.experiment)):
            own = self.tags(summary.id)
            if all(own.get(name) == value for name, value in tags.items()):
                yield RunRecord(summary, self.parameters(summary.id), own, self.last(summary.id))

    def parameters(self, run: str) -> dict[str, str]:
        """Return the parameters of a run."""
        with _reading(run):
            return cast(dict[str, str], json.loads((run_folder(run) / PARAMETERS_FILE).read_text(encoding="utf-8")))

    def tags(self, run: str) -> dict[str, str]:
        """Return the tags of a run."""
        with _reading(run):
            return cast(dict[str, str], json.loads((run_folder(run) / TAGS_FILE).read_text(encoding="utf-8")))

    def metrics(self, run: str) -> dict[str, list[Point]]:
        """Return the history of every metric, in the order of steps."""
        points: dict[str, list[Point]] = {}
        with _reading(run):
            for record in _records(run_folder(run) / METRICS_FILE):
                for name, value in record["metrics"].items():
                    points.setdefault(name, []).append(Point(record["step"], float(value), record["time"]))
        return {name: sorted(items, key=lambda point: (point.step, point.time)) for name, items in points.items()}

    def files(self, run: str) -> list[str]:
        """Return the paths of all files of a run."""
        top = run_folder(run) / FILES
        with _reading(run):
            found = [path.relative_to(top) for path in top.rglob("*") if path.is_file() and PARTIAL not in path.name]
        return sorted(path.as_posix() for path in found)

    def download(self, run: str, path: str, folder: Path) -> Path:
        """Copy a file, or a folder with all that is in it, to `folder / path`."""
        source, target = run_folder(run) / FILES / path, folder / path
        with _reading(run):
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copyfile(source, target)
        return target


def _last_first(runs: Iterable[RunSummary]) -> list[RunSummary]:
    return sorted(runs, key=lambda summary: summary.started, reverse=True)


@contextmanager
def _reading(run: str) -> Iterator[None]:
    """Turn what goes wrong with the files of a run into a RunError."""
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"run {run!r} cannot be read from {RUNS}: {error}") from error


def _summary(folder: Path) -> RunSummary:
    head = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    inside = folder.resolve().parent == RUNS.resolve()
    return RunSummary(
        id=folder.name if inside else str(folder),
        name=head["name"],
        experiment=head["experiment"],
        status=cast(Status, head["status"]),
        started=head["started"],
        command=head["command"],
        description=head["description"],
    )


def _records(file: Path) -> Iterator[Record]:
    """Yield the lines of the metrics file; of a run that was killed the last one may be cut off."""
    if not file.is_file():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield cast(Record, json.loads(line))
