"""What a training begins with: nothing, a run that it goes on with, or the weights of another one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from registry.configuration.options import Options
from registry.console.command import show_warnings
from registry.contract.errors import InputError, Problem, RunError
from registry.contract.run_store import RunStore, RunSummary
from registry.contract.tracker import RUN, Recorded, RunInfo, Tracker
from registry.tracking.runs import Runs
from registry.training.checkpoint import KEPT
from registry.training.differences import Differences
from registry.training.finding import Found, find_checkpoint
from registry.training.identity import Identity, RunCard
from registry.training.lengths import CLOCK, is_over
from registry.training.run_folder import alone, clear, new_folder
from registry.training.start_from import parent_tags, with_parent
from registry.wiring.checked_graph import CheckedGraph

if TYPE_CHECKING:
    from registry.training.run import Run

ENVIRONMENT = "environment/"
"""Where the texts of a run lie that say what it ran in."""


@dataclass(frozen=True)
class Beginning:
    """What a training begins with: `resumed`, the run it goes on with, or `start`, whose weights it takes.

    `tracker` names what keeps the run, `store` reads it; `status`: how the run that is resumed stands in it.
    """

    tracker: str
    store: RunStore
    resumed: Found | None = None
    start: Found | None = None
    status: str = ""
    own_folder: Path | None = None
    """The local folder that a new run is to have."""

    @property
    def experiment(self) -> str:
        """The experiment of the run that is resumed; empty for a new run."""
        return self.resumed.saved.made_by.experiment if self.resumed else ""

    def alone(self) -> AbstractContextManager[None]:
        """Let no other process train the run that is resumed; raises RunError if one does."""
        known = self.resumed.folder if self.resumed else self.own_folder
        return alone(known) if known else nullcontext()

    def folder(self, graph: str) -> Path:
        """Return the run's folder; a new one is made, unless this machine has the one of the run that is resumed."""
        known = self.resumed.folder if self.resumed else self.own_folder
        if known and not self.resumed:
            clear(known)
        return known or new_folder(self.resumed.saved.made_by.name if self.resumed else graph)

    def info(self, info: RunInfo) -> RunInfo:
        """Return the record of a run with what it began with."""
        if self.start:
            return with_parent(info, parent_tags(self.start))
        if not self.resumed:
            return info
        saved = self.resumed.saved
        same = replace(info, name=saved.made_by.name, experiment=self.experiment)
        info = with_parent(same, saved.made_by.start)
        number = 1 + sum(name.startswith("resumed.") for name in self.store.tags(saved.made_by.id))
        when = time.strftime("%Y-%m-%d %H:%M:%S")
        said = f"{when}, from step {saved.position.step} (epoch {saved.position.epochs_done + 1}): {info.command}"
        # What the run began in stays on record beside what it goes on in.
        texts = {
            f"resumed/{number}/{path}" if path.startswith(ENVIRONMENT) else path: text
            for path, text in info.texts.items()
        }
        return replace(info, texts=texts, tags={**info.tags, f"resumed.{number}": said})

    def open(self, run: Run, trackers: Iterable[Tracker], info: RunInfo) -> RunCard:
        """Open the run in every tracker, the one it had before or a new one; return what names it."""
        before = self.resumed.saved.made_by if self.resumed else RunCard()
        trackers, ids = list(trackers), [before.id, *before.beside]
        for run_id, tracker in zip(ids, trackers, strict=False):
            if run_id and getattr(type(tracker), "resume", Tracker.resume) is Tracker.resume:
                raise RunError(f"{type(tracker).__name__} cannot go on with its run {run_id}: it has no `resume`")
        history = self._history(run)
        for number, tracker in enumerate(trackers):
            if number < len(ids) and ids[number]:
                tracker.resume(ids[number], info, history)
            else:
                tracker.start(info)
            run.trackers.append(tracker)
        main, *beside = [tracker.run_id for tracker in run.trackers]
        run.collected.begin(self.tracker, main, info, history)
        start = parent_tags(self.start) if self.start else before.start
        return RunCard(main, info.name, self.tracker, self.store.place(), info.experiment, beside, start)

    def _history(self, run: Run) -> Sequence[Recorded]:
        """Return what the run that is resumed had recorded until its checkpoint."""
        if not self.resumed:
            return ()
        saved = self.resumed.saved
        kept = run.history.go_on_from(saved.tally.history)
        if kept is not None:
            return kept
        # The run's folder is not here: what its store has, which is all if it came to an end.
        found: dict[tuple[float, int], dict[str, float]] = {}
        for name, points in self.store.metrics(saved.made_by.id).items():
            for point in points:
                if point.step <= saved.position.step:
                    found.setdefault((point.time, point.step), {})[name] = point.value
        return [Recorded(step, taken, metrics) for (taken, step), metrics in sorted(found.items())]

    def nothing_left(self, options: Options) -> bool:
        """Say whether the run that is resumed has come to its end already."""
        if not self.resumed or self.status != "FINISHED":
            return False
        position, last = self.resumed.saved.position, len(options.stages) - 1
        if position.stage != last:
            return False
        return is_over(options.stages[last].options, position, self.resumed.saved.facts.get(CLOCK, {}))


def begin(
    checked: CheckedGraph, options: Options, identity: Identity, resume: str | None, start_from: str | None
) -> Beginning:
    """Find what a training begins with; raise InputError if that cannot be used, or differs from what is given."""
    for option, named in (("--resume", resume), ("--start-from", start_from)):
        if named is not None and not named.strip():
            # An empty variable of a shell would otherwise begin a run of its own.
            raise InputError([Problem(f"{option}: expected a run, received {named!r}", hint=KEPT)])
    if resume and start_from:
        message = "--resume goes on with a run, and --start-from begins a new one: expected one of them, received both"
        raise InputError([Problem(message)])
    runs = Runs.known_to(checked)
    if resume:
        return _resumed(checked, options, identity, find_checkpoint(resume, runs))
    tracking = checked.registry.trackings[options.general.tracker]
    start = find_checkpoint(start_from, runs) if start_from else None
    return Beginning(tracking.name, tracking.store(), start=start)


def _resumed(checked: CheckedGraph, options: Options, identity: Identity, found: Found) -> Beginning:
    saved = found.saved
    card = saved.made_by
    if not saved.optimizer:
        hint = (
            f"resume its last checkpoint, {RUN}{card.id}, or take the weights into a new run: --start-from {saved.name}"
        )
        raise InputError([Problem(f"{saved.name} cannot be resumed: the checkpoint holds weights only", hint=hint)])
    hint = f"undo this to resume {card.name}, or take its weights into a new run: --start-from {RUN}{card.id}"
    problems = Differences(saved.identity, identity, saved.position, checked, options, hint).find()
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    tracking = checked.registry.trackings.get(card.tracker)
    if tracking is None:
        message = f"{saved.name} cannot be resumed: its run is kept by the tracker {card.tracker!r}, which is not here"
        raise InputError([Problem(message, hint="a tracker of a plugin file is there with --plugin FILE")])
    store = tracking.store()
    summary = _summary(store, card, saved.name)
    show_warnings([*problems, *_of_no_use(checked, options, card)])
    return Beginning(card.tracker, store, found, status=summary.status)


def _of_no_use(checked: CheckedGraph, options: Options, card: RunCard) -> Iterator[Problem]:
    """Warn of options that would put the run elsewhere: it stays where it is."""
    for name, kept in (("experiment", card.experiment), ("tracker", card.tracker)):
        given = getattr(options.general, name)
        if name in options.general.model_fields_set and given not in ("", kept):
            origin = checked.expanded.config.nearest(["General", name]).origin
            message = f"General.{name}: {given!r} is not used: the run that is resumed stays in {kept!r}"
            yield Problem(message, origin, severity="warning")


def _summary(store: RunStore, card: RunCard, named: str) -> RunSummary:
    """Return what the store says of a run; raise InputError if it has it not."""
    summaries = [summary for summary in store.find(card.id) if summary.id == card.id]
    if not summaries:
        message = f"{named} cannot be resumed: its run {card.id} is not in {store.place()}"
        where = "" if card.place == store.place() else f"; it was recorded in {card.place}"
        hint = f"was it deleted{where}? take its weights into a new run: --start-from {named}"
        raise InputError([Problem(message, hint=hint)])
    return summaries[0]
