"""A graph that trains in a moment, and a farm whose trainings only write what they would have recorded."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from registry.farm.task import Outcome, Task
from registry.sweep import main

GRAPH = """\
name: tiny
config: options.yaml
blocks:
  event: {use: showers, with: "${Data}"}
  scale: {use: preprocess.none, in: event, with: {scaling: hgcal}}
  dense: {use: dense_loop, in: scale.features, with: {units: "${Network.units}"}}
  norm: {use: layer_normalization, in: dense}
  score: {use: dense_loop, in: norm, with: {units: [1], activation: sigmoid}}
  loss: {use: not_noise, in: {score: score, truth_index: scale.truth_index}}
outputs: {score: score}
"""

OPTIONS = """\
General: {seed: 1, tracker: folder}
Network: {units: [4]}
Data: {train_events: 4, validation_events: 2, test_events: 1, max_showers: 3}
Training: [{batch_size: 5000, learning_rate: 1.0e-3, epochs: 2}]
"""


def write_graph(folder: Path) -> None:
    """Write the graph, `tiny.yaml`, with its options."""
    (folder / "tiny.yaml").write_text(GRAPH)
    (folder / "options.yaml").write_text(OPTIONS)


@dataclass(frozen=True)
class Run:
    """What a training is asked for: the seed, and what `--set` says, by path."""

    seed: int
    sets: dict[str, str]
    folder: Path

    def record(self, *values: float, metric: str = "validation/loss") -> None:
        """Record a value of the metric for each epoch."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "run.json").write_text(json.dumps({"id": f"run-of-{self.folder.name}"}))
        lines = [
            {"step": epoch, "time": float(epoch), "metrics": {metric: value, "epoch/epoch": float(epoch)}}
            for epoch, value in enumerate(values, start=1)
        ]
        (self.folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def asked_of(task: Task) -> Run:
    """Return what a task asks for."""
    words = task.arguments
    after = {index: words[index + 1] for index, word in enumerate(words) if word in ("--set", "--folder")}
    sets = dict(text.split("=", 1) for index, text in after.items() if words[index] == "--set")
    folder = next(text for index, text in after.items() if words[index] == "--folder")
    return Run(int(sets["General.seed"]), sets, Path("mlruns/local") / folder)


Trained = Callable[[Run], tuple[str, int, str] | None]
"""Does what a training does, and returns status, exit status and reason if it does not end well."""


@dataclass
class StandIn:
    """A farm of `slots` places."""

    trained: Trained
    slots: int = 1
    tasks: list[Task] = field(default_factory=list)

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """Do the tasks, `slots` of them asked for at a time."""
        waiting: list[Task] = []
        more = True
        while True:
            while more and len(waiting) < self.slots:
                task = next(tasks, None)
                more = task is not None
                waiting += [task] if task else []
            if not waiting:
                return
            task = waiting.pop(0)
            self.tasks.append(task)
            status, exit_status, reason = self.trained(asked_of(task)) or ("done", 0, "")
            yield Outcome(task, status, exit_status, reason, 1, 2.0, "here")  # type: ignore[arg-type]

    def opening(self) -> Any:
        """Return what stands in for `open_place`."""

        @contextmanager
        def open_place(*asked: object, **more: object) -> Iterator[StandIn]:
            yield self

        return open_place


def good(run: Run) -> None:
    """End with the learning rate as its loss, a bit more for other seeds."""
    run.record(1.0, float(run.sets["Training[0].learning_rate"]) + run.seed / 1000)


def swept(monkeypatch: pytest.MonkeyPatch, trained: Trained, *arguments: str, slots: int = 1) -> StandIn:
    """Sweep the tiny graph over a stand-in, and return that, with the exit status."""
    farm = StandIn(trained, slots)
    monkeypatch.setattr("registry.farm.opening.open_place", farm.opening())
    farm.status = main(["tiny.yaml", *arguments])  # type: ignore[attr-defined]
    return farm


def table(study: str) -> list[dict[str, str]]:
    """Return the table of a study, a row for each trial."""
    with (Path("mlruns/sweeps") / study / "trials.csv").open() as file:
        return list(csv.DictReader(file))
