"""Collects what a run records while it goes on, so that its page can be written before its trackers close."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from registry.contract.run_store import Point
from registry.contract.tracker import Recorded, RunInfo
from registry.reporting.record import RunRecord

MOST_POINTS = 4000
"""Values of a metric that are kept: of more, every second one is dropped."""


@dataclass
class _History:
    """The values of a metric, evenly thinned, and the last one."""

    points: list[Point] = field(default_factory=list)
    last: Point | None = None
    count: int = 0
    stride: int = 1

    def add(self, point: Point) -> None:
        if self.count % self.stride == 0:
            self.points.append(point)
        self.count += 1
        self.last = point
        if len(self.points) >= MOST_POINTS:
            self.points, self.stride = self.points[::2], 2 * self.stride

    def all(self) -> list[Point]:
        late = [self.last] if self.last is not None and self.points[-1] is not self.last else []
        return [*self.points, *late]


class Collector:
    """Keeps what a run records: metrics and texts in memory; files stay where they were written."""

    def __init__(self) -> None:
        self._info = RunInfo("", "")
        self._id = self._tracker = ""
        self._started = time.time()
        self._tags: dict[str, str] = {}
        self._metrics: dict[str, _History] = {}
        self._files: dict[str, Path] = {}
        self._texts: dict[str, str] = {}

    def begin(self, tracker: str, run_id: str, info: RunInfo, history: Sequence[Recorded]) -> None:
        """Take what is known of a run before its first step; `history`: what it had recorded, if it goes on."""
        self._tracker, self._id, self._info = tracker, run_id, info
        self._tags, self._texts = dict(info.tags), dict(info.texts)
        for item in history:
            self._add(item.metrics, item.step, item.time)
        self._started = min((item.time for item in history), default=self._started)

    def metrics(self, metrics: Mapping[str, float], step: int) -> None:
        """Keep values at a step."""
        self._add(metrics, step, time.time())

    def artifact(self, path: Path, folder: str) -> None:
        """Note where a file lies."""
        self._files[f"{folder}/{path.name}"] = path

    def text(self, text: str, path: str) -> None:
        """Keep a text."""
        self._texts[path] = text

    def tag(self, name: str, value: str) -> None:
        """Keep a tag."""
        self._tags[name] = value

    def at(self, step: int) -> dict[str, float]:
        """Return the metrics that were recorded at a step, the last value of each."""
        found = {}
        for name, history in self._metrics.items():
            values = [point.value for point in history.all() if point.step == step]
            if values:
                found[name] = values[-1]
        return found

    def record(self, status: str) -> RunRecord:
        """Return what was collected until now."""
        info = self._info
        return RunRecord(
            info.name,
            status,
            self._id,
            info.experiment,
            self._tracker,
            self._started,
            info.command,
            info.description,
            info.parameters,
            self._tags,
            {name: history.all() for name, history in self._metrics.items()},
            [*self._files, *self._texts],
            self._content,
        )

    def _add(self, metrics: Mapping[str, float], step: int, taken: float) -> None:
        for name, value in metrics.items():
            self._metrics.setdefault(name, _History()).add(Point(step, float(value), taken))

    def _content(self, path: str) -> bytes | None:
        if path in self._texts:
            return self._texts[path].encode()
        try:
            return self._files[path].read_bytes()
        except (KeyError, OSError):
            return None
