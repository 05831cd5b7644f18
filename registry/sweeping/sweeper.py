"""Trains the variants of a study: gives out their runs, watches them, and tells the study what came of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from registry.contract.errors import Problems, RunError
from registry.contract.spelling import did_you_mean
from registry.language.one_line import one_line
from registry.sweeping.marks import BEAT
from registry.sweeping.request import Request
from registry.sweeping.storage import SWEEPS
from registry.sweeping.study import BEGUN, REASON, RUNS, Study
from registry.sweeping.trial import SeedRun, Training, mean_and_spread
from registry.sweeping.variants import opened, settings_of
from registry.tracking.lost import close_lost
from registry.training.run_folder import read_card
from registry.training.several import settings as seed_settings

if TYPE_CHECKING:
    from optuna.trial import Trial

    from registry.configuration.options import Options
    from registry.contract.tracker import Tracking
    from registry.farm.task import Outcome, Task

LOOK = 1.0
"""Seconds between two looks at the runs that may be pruned."""

SPREAD, SECONDS = "spread", "seconds"
"""Attributes of a trial: the standard deviation of the value between seeds, the time of all its runs."""


@dataclass
class Sweeper:
    """Trains variants until the study has enough of them, or until it is interrupted.

    `options`: of the graph without any variant; `target`: how many trials the study is to have; `tags`: of every run;
    `trackings`: what keeps runs, by name; `say` is told of every trial that has ended.
    """

    request: Request
    study: Study
    options: Options
    seeds: Sequence[int]
    target: int
    tags: dict[str, str]
    trackings: Mapping[str, Tracking]
    say: Callable[[Training], None]
    running: dict[str, Training] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _over: threading.Event = field(default_factory=threading.Event)

    def tasks(self) -> Iterator[Task]:
        """Yield the runs of one variant after another, each when there is room for it."""
        while True:
            with self._lock:
                self.study.reap()
                if not self._is_left():
                    return
                trial = self.study.ask(self.target)
                training = self._begun(trial) if trial else None
            if training is None:
                continue
            for seed in self.seeds:
                with self._lock:
                    if training.pruned_at is not None:
                        break
                    training.given_out.add(seed)
                    self.running[training.name(seed)] = training
                yield self._task(training, seed)
            with self._lock:
                self._close_if_over(training)

    def _is_left(self) -> bool:
        states = [trial.state.name for trial in self.study.trials()]
        return "WAITING" in states or (len(states) < self.target and not self.study.exhausted)

    def _begun(self, trial: Trial) -> Training | None:
        """Return the training of a trial; None if its variant is refused, which is told to the study."""
        begun = int(trial.user_attrs.get(BEGUN, trial.number))
        assignment = self.study.assignment(trial.params)
        training = Training(trial, self.study.name, begun, assignment, self.seeds, self.request.metric)
        training.left = list(self.seeds)
        problems = Problems()
        variant = opened(self.request, assignment, self.study.axes, problems)
        if variant is None:
            first = next(iter(problems.errors), None)
            reason = first.headline() if first else "the variant cannot be trained"
            training.left, training.ended = [], [SeedRun(seed, "failed", reason=reason) for seed in self.seeds]
            self._tell(training)
            return None
        training.epochs = variant.epochs
        return training

    def _task(self, training: Training, seed: int) -> Task:
        from registry.farm.task import Task

        request, name = self.request, training.name(seed)
        sets = [*request.sets, *settings_of(training.assignment), *seed_settings(seed, self.options)]
        words = [("--config", request.configs), ("--set", sets), ("--plugin", request.plugins)]
        tags = {**self.tags, "sweep.trial": str(training.trial.number), "sweep.seed": str(seed)}
        arguments = (
            "registry.train",
            request.graph,
            *(word for option, items in words for item in items for word in (option, item)),
            *("--set", f"General.study={one_line(self.study.name)}"),
            *("--folder", name, "--continue"),
            *(word for key, value in tags.items() for word in ("--tag", f"{key}={value}")),
        )
        return Task(name, arguments, SWEEPS / self.study.name / "logs" / name, {}, request.retries, arguments)

    def ended(self, outcome: Outcome) -> None:
        """Take in what came of a run; of the last one of a variant the study is told."""
        with self._lock:
            training = self.running.pop(outcome.task.name)
            seed = int(outcome.task.name.rpartition("-")[2])
            training.report()
            found = training.end(seed, outcome)
            if found.status in ("failed", "lost"):
                # A process that was killed could not say so itself.
                folder = training.folder(seed)
                card = read_card(folder)
                warning = close_lost(self.trackings, card.tracker, card.id, folder, found.reason)
                if warning:
                    print(f"warning: {warning}", flush=True)
            self._close_if_over(training)

    def _close_if_over(self, training: Training) -> None:
        if training.is_over and training.ended and not training.told:
            self._tell(training)

    def _tell(self, training: Training) -> None:
        """Tell the study what came of a variant."""
        from optuna.trial import TrialState

        trial, values, training.told = training.trial, training.values, True
        trial.set_user_attr(RUNS, [asdict(run) for run in training.ended])
        trial.set_user_attr(SECONDS, sum(run.seconds for run in training.ended))
        if values:
            mean, spread = mean_and_spread(values)
            trial.set_user_attr(SPREAD, spread)
        trial.set_user_attr(REASON, training.reason)
        state = TrialState[training.state]
        # Somebody else may have closed it, who took this sweep for gone.
        with suppress(ValueError):
            self.study.kept.tell(trial.number, mean if state == TrialState.COMPLETE else None, state)
        self.say(training)
        if state == TrialState.FAIL and all(run.known for run in training.ended) and not self._has_values():
            message = f"no training records {self.request.metric!r}, so that none of the others need begin"
            known = training.ended[0].known
            hint = did_you_mean(self.request.metric, known) or f"recorded is: {', '.join(known)}"
            raise RunError(f"{message}\n  {hint}; --metric NAME, with another --study")

    def _has_values(self) -> bool:
        return any(trial.state.name in ("COMPLETE", "PRUNED") for trial in self.study.trials())

    def interrupted(self) -> list[str]:
        """Put back what is being trained, and return the names of its runs."""
        with self._lock:
            open_ones = {training.trial.number: training for training in self.running.values()}
            for training in open_ones.values():
                self.study.put_back(training.trial, "the sweep was interrupted")
            return list(self.running)

    def watch(self) -> threading.Thread:
        """Begin to mark that this sweep is there, and to look at its runs, until `close`."""
        thread = threading.Thread(target=self._watch, name="sweep", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """End the watching."""
        self._over.set()

    def _watch(self) -> None:
        beaten = time.monotonic()
        while not self._over.wait(LOOK):
            with self._lock:
                # A store that is out of reach for a moment is asked again a second later.
                with suppress(Exception):
                    if self.request.prune:
                        for training in {id(item): item for item in self.running.values()}.values():
                            training.report()
                with suppress(Exception):
                    if time.monotonic() - beaten > BEAT:
                        self.study.beat()
                        beaten = time.monotonic()
