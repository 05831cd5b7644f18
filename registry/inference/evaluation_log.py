"""Adds what an evaluation found to the run that it is of, by the tracker that keeps the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from registry.contract.errors import RunError
from registry.contract.tracker import Recorded, RunInfo, Tracking
from registry.tracking.runs import RecordedRun
from registry.training.run_folder import folder_of


def add_to_run(
    run: RecordedRun,
    trackings: Mapping[str, Tracking],
    metrics: Mapping[str, float],
    files: Sequence[tuple[Path, str]],
    of_model: tuple[Collection[str], str],
    warn: Callable[[str], None],
) -> str:
    """Record metrics, at the last step of a run, and files, each with its folder in the run; return where it is.

    `of_model`: the names of those that describe the run's model, and what the run used the data for that they are of,
    empty for other data. A metric that has this value already is not recorded again. Raises RunError for a run that
    is going on, and if the store cannot be reached.
    """
    summary, store = run.summary, run.store
    if summary.status == "RUNNING":
        raise RunError(f"the run {summary.name} is going on: nothing is added to it")
    there = store.metrics(summary.id)
    step = max((points[-1].step for points in there.values() if points), default=0)
    known = {name: points[-1].value for name, points in there.items() if points and points[-1].step == step}
    new = {name: value for name, value in metrics.items() if known.get(name) != value}
    by_time: dict[tuple[int, float], dict[str, float]] = defaultdict(dict)
    for name, points in there.items():
        for point in points:
            by_time[point.step, point.time][name] = point.value
    history = [Recorded(step, time, values) for (step, time), values in sorted(by_time.items())]
    info = RunInfo(
        summary.name,
        summary.experiment,
        summary.command,
        dict(store.parameters(summary.id)),
        run.tags(),
        folder=folder_of(summary.id),
    )
    tracker = trackings[run.tracking].tracker(summary.experiment, warn)
    tracker.connect()
    tracker.resume(summary.id, info, history)
    try:
        if new:
            tracker.metrics(new, step)
            names, context = of_model
            tracker.figures({name: value for name, value in new.items() if name in names}, step, context)
        for file, folder in files:
            tracker.artifact(file, folder)
    finally:
        tracker.finish(summary.status)
    return tracker.where()
