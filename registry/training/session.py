"""One training session, from the checked graph to the logged model, in the order of `train`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from registry.compiling.model import Compiled, compile_graph
from registry.configuration.options import Options
from registry.contract.data import PARTS, Source
from registry.contract.errors import RunError
from registry.contract.tracker import RUNS_FOLDER, Status, Tracker, Tracking
from registry.tracking.describe import experiment_of, run_info
from registry.tracking.runs import Runs
from registry.training.checkpoint import find_checkpoint
from registry.training.feeding import Feed
from registry.training.progress import Progress
from registry.training.recording import train_recorded
from registry.training.run import Run
from registry.training.seeds import seed_everything
from registry.training.weights import load_subgraph_weights
from registry.wiring.checked_graph import CheckedGraph


@dataclass(frozen=True)
class Outcome:
    """How a run ended, what it is called in the tracker, its name, and the local folder of its files.

    `undelivered`: how to record later what could not be recorded; empty if all was.
    """

    status: Status
    run_id: str
    name: str
    folder: Path
    undelivered: str = ""


def train(
    checked: CheckedGraph,
    options: Options,
    source: Source,
    command: Sequence[str],
    profiled: bool = False,
    resumed: str = "",
) -> Outcome:
    """Train a checked graph on its data and log the run; return how it ended.

    `command`: what was typed, for the record; `profiled`: measure every node first; `resumed`: the checkpoint to go on
    from, a file or "run:ID". Raises InputError for data or a checkpoint that do not fit, RunError if tracking is out of
    reach or the run fails.
    """
    progress = Progress()
    saved = find_checkpoint(resumed, Runs.known_to(checked)) if resumed else None
    _announce_data(source, progress)
    tracking = checked.registry.trackings[options.general.tracker]
    naming = tracking.naming()
    experiment = experiment_of(checked, options, naming)
    if naming.experiment not in ("", experiment):
        progress.line(f"warning: {naming.source} is not used: General.experiment is {experiment!r}")
    tracker = _tracker(tracking, experiment, progress)
    tracker.connect()
    seed_everything(options.general.seed)
    compiled = _compile(checked, progress)
    run = _assemble(checked, options, compiled, source, progress)
    try:
        info = replace(run_info(checked, options, command, naming), folder=run.folder)
        status = train_recorded(run, [tracker, *_plugin_trackers(run)], info, profiled, saved)
        left = [item for item in (tracker.undelivered() for tracker in run.trackers) if item]
        return Outcome(status, tracker.run_id, info.name, run.folder, "; ".join(dict.fromkeys(left)))
    except OSError as error:
        file = f"{error.filename}: " if error.filename else ""
        raise RunError(f"the run cannot go on: {file}{error.strerror or error}") from error
    finally:
        if tracker.where():
            progress.line(tracker.where())


def _tracker(tracking: Tracking, experiment: str, progress: Progress) -> Tracker:
    """Make what records the run; a plugin's that cannot be made is an error before anything is trained."""
    try:
        return tracking.tracker(experiment, lambda text: progress.line(f"warning: {text}"))
    except TypeError as error:
        raise RunError(f"the tracker {tracking.name!r} cannot be made: {error}") from error


def _announce_data(source: Source, progress: Progress) -> None:
    parts = [f"{part} {len(source.sizes(part))} events, {int(source.sizes(part).sum()):,} hits" for part in PARTS]
    progress.line("data: " + "; ".join(parts))


def _compile(checked: CheckedGraph, progress: Progress) -> Compiled:
    started = time.perf_counter()
    compiled = compile_graph(checked)
    for loaded in load_subgraph_weights(compiled):
        progress.line(str(loaded))
    checked.registry.hook.model_compiled(compiled=compiled)
    seconds = time.perf_counter() - started
    progress.line(
        f"model: {len(checked.nodes)} nodes, {checked.trainable:,} trainable weights, compiled in {seconds:.1f} s"
    )
    return compiled


def _assemble(checked: CheckedGraph, options: Options, compiled: Compiled, source: Source, progress: Progress) -> Run:
    feed = Feed(source, checked.loader.written.path, frozenset(compiled.training_inputs), options.general.seed)
    folder = _new_folder(checked.expanded.name)
    run = Run(checked, options, compiled, feed, progress, folder)
    for callbacks in checked.registry.hook.training_callbacks(run=run):
        run.callbacks += callbacks
    return run


def _new_folder(graph: str) -> Path:
    """Make a folder of its own for a run: several may start in one second."""
    stem = RUNS_FOLDER / "local" / f"{graph}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, number = stem, 1
    while True:
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1
            folder = stem.with_name(f"{stem.name}-{number}")


def _plugin_trackers(run: Run) -> list[Tracker]:
    """Return the trackers that plugins put beside the configured one, connected."""
    returned: list[list[Tracker]] = run.checked.registry.hook.register_trackers(run=run)
    found = [tracker for trackers in returned for tracker in trackers]
    for tracker in found:
        tracker.connect()
    return found
