"""One training session, from the checked graph to the logged model, in the order of `train`."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType

from registry.compiling.model import Compiled, compile_graph
from registry.configuration.options import Options
from registry.console.signals import LISTENER
from registry.contract.callback import Callback
from registry.contract.data import PARTS, Source
from registry.contract.errors import RunError
from registry.contract.tracker import Tracker, Tracking
from registry.tracking.describe import run_info
from registry.tracking.lost import close_lost
from registry.tracking.names import experiment_of
from registry.training.beginning import Beginning
from registry.training.changeable import check_changeable
from registry.training.feeding import Feed
from registry.training.fitting import fit_transforms
from registry.training.following import follow
from registry.training.identity import Identity
from registry.training.observers import call_hook, items_of_plugins
from registry.training.optimizers import try_optimizers
from registry.training.outcome import NO_RUN, Outcome
from registry.training.progress import Progress
from registry.training.ranks.ranks import ALONE, Ranks
from registry.training.recording import train_recorded
from registry.training.rehearsal import rehearse
from registry.training.run import Run
from registry.training.run_folder import read_card
from registry.training.seeds import seed_everything
from registry.training.start_from import take_weights
from registry.training.system_metrics import SystemMetrics, require_psutil
from registry.training.variables import variables_of
from registry.training.weights import load_subgraph_weights
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.digest import LENGTH
from registry.wiring.fingerprints import EVENTS

TRACKER_METHODS = ("connect", "start", "metrics", "artifact", "text", "finish")
"""What is asked of every tracker."""

KILLED_EARLY = "its process was killed before it had saved a checkpoint; another run has begun anew in its folder"

RANKS = "ranks"
"""The tag that says how many processes have trained a run together."""


def train(
    checked: CheckedGraph,
    options: Options,
    source: Source,
    identity: Identity,
    beginning: Beginning,
    command: Sequence[str],
    profiled: bool = False,
    tags: Mapping[str, str] = MappingProxyType({}),
    ranks: Ranks = ALONE,
) -> Outcome:
    """Train a checked graph on its data and log the run; return how it ended.

    `identity`: what makes this training what it is; `beginning`: what it begins with; `command`: what was typed, for
    the record; `profiled`: measure every node first; `tags`: further tags of the run; `ranks`: the processes that train
    it together, of which rank 0 records. Raises InputError for weights that do not fit, RunError if tracking is out of
    reach or the run fails.
    """
    progress = Progress()
    _announce_data(source, progress)
    tracking = checked.registry.trackings[beginning.tracker]
    naming = tracking.naming()
    if naming.system_metrics:
        require_psutil(naming.system_metrics)
    experiment = beginning.experiment or experiment_of(checked, options, naming)
    if naming.experiment not in ("", experiment):
        stays = "the run stays in" if beginning.experiment else "General.experiment is"
        progress.line(f"warning: {naming.source} is not used: {stays} {experiment!r}")
    tracker = _tracker(tracking, experiment, progress)
    with LISTENER.held():
        if ranks.first:
            tracker.connect()
    with LISTENER.leaving_at_once(NO_RUN):
        seed_everything(options.general.seed)
        compiled = _compile(checked, progress)
        check_changeable(options.stages, compiled)
        try_optimizers(options, compiled)
        _take_weights(beginning, compiled, progress)
        _fit(beginning, compiled, source, progress)
        if ranks.first:
            rehearse(compiled, source, options.general.seed)
    if not ranks.first:
        feed = _feed(checked, options, compiled, source)
        return follow(
            Run(checked, options, compiled, feed, progress, Path(mkdtemp()), identity=identity, ranks=ranks), beginning
        )
    run = _assemble(checked, options, compiled, source, progress, beginning)
    run.identity, run.ranks = identity, ranks
    if options.general.system_metrics or naming.system_metrics:
        run.system = SystemMetrics()
    try:
        info = run_info(checked, options, command, naming)
        together = {RANKS: str(ranks.size)} if ranks.several else {}
        tags = {**info.tags, EVENTS: identity.data[:LENGTH], **together, **tags}
        info = beginning.info(replace(info, folder=run.folder, tags=tags))
        status = train_recorded(run, [tracker, *_plugin_trackers(run)], info, profiled, beginning)
        left = [item for item in (tracker.undelivered() for tracker in run.trackers) if item]
        undelivered = "; ".join(dict.fromkeys(left))
        signal = run.interrupts.number
        return Outcome(
            status, tracker.run_id, info.name, run.folder, beginning.tracker, undelivered, signal, tuple(run.failures)
        )
    except OSError as error:
        file = f"{error.filename}: " if error.filename else ""
        raise RunError(f"the run cannot go on: {file}{error.strerror or error}") from error
    finally:
        if tracker.where():
            progress.line(tracker.where())
        elif not beginning.resumed:
            shutil.rmtree(run.folder, ignore_errors=True)


def _take_weights(beginning: Beginning, compiled: Compiled, progress: Progress) -> None:
    """Take the weights of another run, or see that those of the run that is resumed fit."""
    if beginning.start:
        progress.line(take_weights(beginning.start.saved, compiled))
    if beginning.resumed:
        saved = beginning.resumed.saved
        saved.check(variables_of(compiled))
        progress.line(f"resumed: {saved.made_by.name}, from step {saved.position.step}")


def _fit(beginning: Beginning, compiled: Compiled, source: Source, progress: Progress) -> None:
    """Fit the transforms to the training events, unless their values come with the weights that a run begins with."""
    if not (beginning.start or beginning.resumed):
        for line in fit_transforms(compiled, source):
            progress.line(line)


def _tracker(tracking: Tracking, experiment: str, progress: Progress) -> Tracker:
    """Make what records the run; a plugin's that cannot be made is an error before anything is trained."""
    try:
        return tracking.tracker(experiment, lambda text: progress.line(f"warning: {text}"))
    except TypeError as error:
        raise RunError(f"the tracker {tracking.name!r} cannot be made: {error}") from error


def _announce_data(source: Source, progress: Progress) -> None:
    parts = [f"{part} {len(source.sizes(part))} events, {int(source.sizes(part).sum()):,} hits" for part in PARTS]
    progress.line("data: " + "; ".join(parts))
    for note in getattr(source, "notes", ()):
        progress.line(f"data: {note}")


def _compile(checked: CheckedGraph, progress: Progress) -> Compiled:
    started = time.perf_counter()
    compiled = compile_graph(checked)
    for loaded in load_subgraph_weights(compiled):
        progress.line(str(loaded))
    call_hook(checked.registry, "model_compiled", compiled=compiled)
    seconds = time.perf_counter() - started
    progress.line(
        f"model: {len(checked.nodes)} nodes, {checked.trainable:,} trainable weights, compiled in {seconds:.1f} s"
    )
    return compiled


def _assemble(
    checked: CheckedGraph,
    options: Options,
    compiled: Compiled,
    source: Source,
    progress: Progress,
    beginning: Beginning,
) -> Run:
    feed = _feed(checked, options, compiled, source)
    if beginning.own_folder and not beginning.resumed:
        before = read_card(beginning.own_folder)
        trackings = checked.registry.trackings
        warning = close_lost(trackings, before.tracker, before.id, beginning.own_folder, KILLED_EARLY)
        if warning:
            progress.line(f"warning: {warning}")
    folder = beginning.folder(checked.expanded.name)
    run = Run(checked, options, compiled, feed, progress, folder)
    run.callbacks += items_of_plugins(checked.registry, "training_callbacks", "registry.Callback", is_callback, run=run)
    call_hook(checked.registry, "data_ready", run=run, source=source)
    return run


def is_callback(value: object) -> bool:
    """Say whether an object is a callback."""
    return isinstance(value, Callback)


def is_tracker(value: object) -> bool:
    """Say whether an object is a tracker: it need not be made of the class."""
    return not isinstance(value, type) and all(callable(getattr(value, name, None)) for name in TRACKER_METHODS)


def _feed(checked: CheckedGraph, options: Options, compiled: Compiled, source: Source) -> Feed:
    return Feed(source, checked.loader.written.path, frozenset(compiled.training_inputs), options.general.seed)


def _plugin_trackers(run: Run) -> list[Tracker]:
    """Return the trackers that plugins put beside the configured one, connected."""
    found = items_of_plugins(run.checked.registry, "register_trackers", "registry.Tracker", is_tracker, run=run)
    for tracker in found:
        tracker.connect()
    return found
