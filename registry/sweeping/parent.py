"""The run of a sweep itself: in mlflow the runs of its variants lie under it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from registry.configuration.options import Options
from registry.contract.errors import RunError
from registry.contract.run_store import Status
from registry.contract.secrets import shown_command
from registry.contract.tracker import RunInfo, Tracker
from registry.sweeping.study import Study
from registry.tracking.names import experiment_of
from registry.tracking.runs import SWEEP
from registry.wiring.checked_graph import CheckedGraph

PARENT = "parent"
"""The attribute of a study that names its run: tracker, place, identifier."""


class ParentRun:
    """The run of a sweep in the tracker of its graph; sweeps that work on one study share it."""

    def __init__(self, study: Study, checked: CheckedGraph, options: Options, folder: Path) -> None:
        self._study, self._checked, self._options, self._folder = study, checked, options, folder
        self._tracking = checked.registry.trackings[options.general.tracker]
        self._tracker: Tracker | None = None

    def open(self, command: Sequence[str], parameters: Mapping[str, str]) -> None:
        """Begin the run, or go on with it; raises RunError if the tracker is out of reach."""
        experiment = experiment_of(self._checked, self._options, self._tracking.naming())
        self._tracker = self._tracking.tracker(experiment, lambda text: print(f"warning: {text}", flush=True))
        self._tracker.connect()
        graph = self._checked.expanded.name
        self._folder.mkdir(parents=True, exist_ok=True)
        tags = {SWEEP: self._study.name, "graph": graph}
        info = RunInfo(
            f"sweep {self._study.name}", experiment, shown_command(command), parameters, tags, folder=self._folder
        )
        known = self._known()
        if known:
            try:
                self._tracker.resume(known, info, ())
                return
            except RunError as error:
                print(f"warning: the sweep's run {known} cannot go on, a new one is begun: {error}", flush=True)
        self._tracker.start(info)
        place = self._tracking.store().place()
        self._study.kept.set_user_attr(PARENT, [self._tracking.name, place, self._tracker.run_id])

    def _known(self) -> str:
        """Return the identifier of the run, if another sweep has begun it in the same store."""
        written: list[Any] = self._study.kept.user_attrs.get(PARENT, ["", "", ""])
        here = [self._tracking.name, self._tracking.store().place()]
        return str(written[2]) if written[:2] == here else ""

    def tags(self) -> dict[str, str]:
        """Return the tags by which the runs of the variants name it."""
        run = self._tracker.run_id if self._tracker else ""
        return {"sweep.run": run, "sweep.tracker": self._tracking.name}

    def close(self, status: Status, metrics: Mapping[str, float], files: Sequence[Path]) -> None:
        """Record what came of the sweep, and end its run."""
        if self._tracker is None:
            return
        if metrics:
            self._tracker.metrics(metrics, int(metrics.get("sweep/trials", time.time())))
        for file in files:
            self._tracker.artifact(file, "sweep")
        self._tracker.finish(status)
        if hint := self._tracker.undelivered():
            print(f"warning: not all of the sweep could be recorded: {hint}", flush=True)
