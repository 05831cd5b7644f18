"""Runs a sweep: opens its study, trains what is left of it, and writes what came of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import RunError
from registry.contract.run_store import Status
from registry.sweeping.parent import ParentRun
from registry.sweeping.plan import Plan
from registry.sweeping.result import Row, rows
from registry.sweeping.storage import SWEEPS, open_storage, pruner_of, reached, sampler_of, unsaid
from registry.sweeping.study import Study, declare, new_study
from registry.sweeping.sweeper import Sweeper
from registry.sweeping.text import cost_line, duration, final_lines, trial_line
from registry.sweeping.trial import Training

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from registry.farm.farm import Farm

OWN_MEMORY = 1_500_000_000
"""Bytes that a training takes beside its batch: Python, TensorFlow, its programs."""


@dataclass(frozen=True)
class Swept:
    """What came of a sweep: its study with a row for each variant, best first, and the files that were written."""

    study: str
    place: str
    plan: Plan
    rows: Sequence[Row] = ()
    files: Sequence[Path] = ()


def open_study(plan: Plan) -> Study:
    """Open the study of a sweep, which is made where there is none.

    Raises InputError if it is of something else, RunError if what keeps it is out of reach.
    """
    import optuna
    from optuna.study import StudyDirection

    where = plan.request.place("storage")
    storage, place = open_storage(plan.request.storage, plan.study, where)
    direction = StudyDirection.MAXIMIZE if plan.direction == "max" else StudyDirection.MINIMIZE
    try:
        kept = optuna.create_study(storage=storage, study_name=plan.study, direction=direction, load_if_exists=True)
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise RunError(f"the study in {place} cannot be read: {reason}") from error
    declare(kept, plan.declaration, plan.request.place("study"))
    study = new_study(kept, place, plan.axes)
    # The first sweep of a study can be repeated; who joins it draws other variants.
    before = len(kept.get_trials(deepcopy=False))
    seed = None if study.others() else plan.options.general.seed + before
    kept.sampler = sampler_of(plan.sampler, seed)
    kept.pruner = pruner_of(plan.request.prune, plan.base.epochs)
    return study


def sweep(plan: Plan, say: Callable[[str], None]) -> Swept:
    """Train what is left of a study, and return what came of it; `say` is told of every trial.

    Raises InputError if the study is of something else or its place is none, RunError if what keeps it is out of
    reach. An interrupt ends the trainings that run, whose variants wait for another sweep of the study.
    """
    from registry.farm.opening import open_place

    request = plan.request
    where, memory = request.places.get("on"), plan.memory + OWN_MEMORY
    with open_place(request.on, jobs=request.jobs, where=where, memory=memory) as farm, unsaid():
        study = open_study(plan)
        with reached(study.place):
            return _swept(plan, study, farm, say)


def _swept(plan: Plan, study: Study, farm: Farm, say: Callable[[str], None]) -> Swept:
    """Train what is left of an open study."""
    study.mend()
    again = study.reap()
    if plan.points is not None:
        study.fill(iter(plan.points))
    folder = SWEEPS / plan.study
    _announce(plan, study, again, say)
    if not _left(plan, study):
        say("nothing is left to do: more are trained with --trials, or another --study")
        return _finished(plan, study, folder, say)
    parent = ParentRun(study, plan.base.checked, plan.options, folder)
    parent.open(plan.request.command, {axis.path: axis.text() for axis in plan.axes})
    status: Status = "FAILED"
    found: Swept | None = None
    try:
        _train(plan, study, parent.tags(), farm, say)
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    finally:
        try:
            study.leave()
            # Optuna's pictures take seconds, which nobody who interrupts a sweep has.
            found = _finished(plan, study, folder, say, drawn=status == "FINISHED")
        finally:
            parent.close(status, _metrics(found.rows if found else ()), found.files if found else ())
    assert found is not None
    return found


def _left(plan: Plan, study: Study) -> bool:
    states = [trial.state.name for trial in study.trials()]
    return "WAITING" in states or len(states) < plan.target


def _announce(plan: Plan, study: Study, again: Sequence[int], say: Callable[[str], None]) -> None:
    seeds = f", {len(plan.seeds)} seeds each" if len(plan.seeds) > 1 else ""
    say(f"study {study.name} in {study.place}: {plan.target} trials by {plan.sampler}{seeds}")
    say(f"  {plan.request.metric}, {'more' if plan.direction == 'max' else 'less'} is better")
    say(f"  {cost_line([item.costs for item in plan.variants])}")
    done = [row for row in rows(study) if row.state in ("done", "failed", "pruned")]
    if done:
        say(f"  {len(done)} of them have ended before")
    for number in again:
        say(f"  trial {number} was begun by a sweep that is gone: it goes on")
    for other in study.others():
        say(f"  {other} works on it, too")


def _train(plan: Plan, study: Study, tags: dict[str, str], farm: Farm, say: Callable[[str], None]) -> None:
    progress = Progress(plan, study, farm.slots, say)
    trackings = plan.base.checked.registry.trackings
    sweeper = Sweeper(plan.request, study, plan.options, plan.seeds, plan.target, tags, trackings, progress.ended)
    say(f"  {farm.slots} training{'s' if farm.slots > 1 else ''} at once")
    sweeper.watch()
    try:
        for outcome in farm.run(sweeper.tasks()):
            sweeper.ended(outcome)
    except BaseException:
        stopped = sweeper.interrupted()
        if stopped:
            say(f"stopped: {', '.join(stopped)}; the same command goes on with them")
        raise
    finally:
        sweeper.close()
    if study.exhausted:
        say(f"the sampler finds no further values: {len(study.trials())} variants are all")


@dataclass
class Progress:
    """Says of every trial what came of it, with the best one so far and the time that is left."""

    plan: Plan
    study: Study
    slots: int
    say: Callable[[str], None]
    started: float = field(default_factory=time.monotonic)
    own: int = 0
    """Trials that have ended since this sweep began."""

    def ended(self, training: Training) -> None:
        """Say what came of a trial."""
        self.own += 1
        found = rows(self.study)
        mine = next((row for row in found if row.number == training.trial.number), None)
        if mine is None:
            return
        over = sum(row.state in ("done", "failed", "pruned") for row in found)
        left = max(self.plan.target, len(found)) - over
        seconds = (time.monotonic() - self.started) / self.own * left
        until = f", about {duration(seconds)} left" if left else ""
        self.say(trial_line(mine, found[0], self.plan.axes, f"{over} of {over + left}{until}"))


def _finished(plan: Plan, study: Study, folder: Path, say: Callable[[str], None], drawn: bool = True) -> Swept:
    """Write the table of a study and, if that is to be `drawn`, its page; show the table."""
    from registry.sweeping.page import write_files

    found = rows(study)
    files = write_files(study, plan, found, folder, drawn)
    if plan.request.prune and found and not any(_could_be_pruned(trial) for trial in study.trials()):
        say(f"nothing could be pruned: no run has recorded {plan.request.metric} before its end")
    for line in final_lines(found, plan, study.name, study.others(), files):
        say(line)
    return Swept(study.name, study.place, plan, found, files)


def _could_be_pruned(trial: FrozenTrial) -> bool:
    return trial.state.name == "PRUNED" or len(trial.intermediate_values) > 1


def _metrics(found: Sequence[Row]) -> Mapping[str, float]:
    values = [row.value for row in found if row.state == "done" and row.value is not None]
    counted = {
        f"sweep/{state}": float(sum(row.state == state for row in found)) for state in ("done", "failed", "pruned")
    }
    best = {"sweep/best": values[0], "sweep/mean": statistics.fmean(values)} if values else {}
    return {"sweep/trials": float(len(found)), **counted, **best}
