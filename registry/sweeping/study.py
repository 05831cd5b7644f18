"""A study: which variants there are, who trains them, what came of each; several sweeps may work on one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registry.contract.errors import InputError, Origin, Problem
from registry.sweeping.axes import Axis, Choices
from registry.sweeping.marks import BEAT, is_there, now, own_mark, who
from registry.sweeping.variants import grid

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial, Trial

DECLARATION, SWEEP = "declaration", "sweep."
"""Attributes of a study: what it varies, and the marks of those who work on it."""

OWNER, BEGUN, REASON, GONE_ON, AGAIN_OF = "owner", "begun", "reason", "gone_on", "again_of"
"""Attributes of a trial: who trains it, the number that its runs are called by, why it has none or failed, that another
trial goes on with it, and the trial that it goes on with itself."""

RUNS = "runs"
"""The attribute of a trial with what came of each of its seeds."""

CODE = "fingerprint.code"

OF_CODE = (
    "this package, or a plugin of the graph, has changed since it began: its runs can be compared with no new ones"
)
"""What is said where the code alone differs."""

DRAWS = 20
"""How often a sampler is asked for values that no other trial has."""


def distribution(axis: Axis) -> BaseDistribution:
    """Return what Optuna draws the values of an axis from."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(axis, Choices):
        return CategoricalDistribution([axis.stored(value) for value in axis.values])
    if axis.whole:
        return IntDistribution(int(axis.low), int(axis.high), log=axis.log, step=int(axis.step or 1))
    return FloatDistribution(axis.low, axis.high, log=axis.log, step=axis.step)


@dataclass
class Study:
    """A study of Optuna with this sweep's part in it."""

    kept: optuna.Study
    place: str
    axes: Sequence[Axis]
    mark: dict[str, Any]
    exhausted: bool = False
    """Whether the sampler has found no values that no trial has."""

    @property
    def name(self) -> str:
        """The name of the study."""
        return self.kept.study_name

    def trials(self) -> list[FrozenTrial]:
        """Return the trials, without those that another trial goes on with."""
        kept = self.kept.get_trials(deepcopy=False)
        return [trial for trial in kept if not (trial.state.name == "FAIL" and trial.user_attrs.get(GONE_ON))]

    def beat(self) -> None:
        """Leave a mark that this sweep is there."""
        self.mark["beat"] = now()
        self.kept.set_user_attr(f"{SWEEP}{self.mark['id']}", self.mark)

    def leave(self) -> None:
        """Leave a mark that this sweep is not there any more."""
        self.kept.set_user_attr(f"{SWEEP}{self.mark['id']}", {**self.mark, "beat": 0.0, "born": ""})

    def owner(self, trial: FrozenTrial) -> Mapping[str, Any]:
        """Return the mark of the sweep that has begun a trial."""
        known = self.kept.user_attrs.get(f"{SWEEP}{trial.user_attrs.get(OWNER, '')}")
        # Between its beginning and its first attribute a trial has no owner.
        began = trial.datetime_start.timestamp() if trial.datetime_start else 0.0
        return known or {"beat": began}

    def others(self) -> list[str]:
        """Return who else trains something of the study now."""
        running = [trial for trial in self.trials() if trial.state.name == "RUNNING"]
        owners = [self.owner(trial) for trial in running if trial.user_attrs.get(OWNER) != self.mark["id"]]
        return list(dict.fromkeys(who(owner) for owner in owners))

    def reap(self) -> list[int]:
        """Close the trials whose sweep is gone, put them back into the queue, and return their numbers."""
        found = []
        for trial in self.kept.get_trials(deepcopy=False):
            if trial.state.name == "RUNNING" and trial.user_attrs.get(OWNER) != self.mark["id"]:
                owner = self.owner(trial)
                if not is_there(owner) and self.put_back(trial, f"its sweep is gone: {who(owner)}"):
                    found.append(trial.number)
        return found

    def put_back(self, trial: FrozenTrial | Trial, reason: str) -> bool:
        """Close a trial that has not come to its end, and let another one go on with it; False if somebody else has."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        storage = self.kept._storage
        try:
            storage.set_trial_user_attr(trial._trial_id, REASON, reason)
            storage.set_trial_user_attr(trial._trial_id, GONE_ON, True)
            if not storage.set_trial_state_values(trial._trial_id, TrialState.FAIL):
                return False
        except UpdateFinishedTrialError:
            return False
        self._enqueue(storage.get_trial(trial._trial_id))
        return True

    def _enqueue(self, trial: FrozenTrial) -> None:
        begun = trial.user_attrs.get(BEGUN, trial.number)
        self.kept.enqueue_trial(params_of(trial), user_attrs={BEGUN: begun, AGAIN_OF: trial.number})

    def mend(self) -> None:
        """Put back the trials that a sweep has closed, which was killed before it could put them back."""
        trials = self.kept.get_trials(deepcopy=False)
        gone_on = {trial.user_attrs.get(AGAIN_OF) for trial in trials}
        for trial in trials:
            closed = trial.datetime_complete.timestamp() if trial.datetime_complete else now()
            left = trial.state.name == "FAIL" and trial.user_attrs.get(GONE_ON) and trial.number not in gone_on
            if left and now() - closed > BEAT:
                self._enqueue(trial)

    def ask(self, target: int) -> Trial | None:
        """Return another trial: one that waits, or else what the sampler says and no other trial has.

        None if there are `target` of them (of two sweeps that ask at once for the last one, one has it), or if the
        sampler finds nothing new: then what is left of the axes waits, or `exhausted` says that there is nothing.
        """
        for _ in range(DRAWS):
            trial = self.kept.ask({axis.path: distribution(axis) for axis in self.axes})
            trial.set_user_attr(OWNER, self.mark["id"])
            others = [other for other in self.trials() if other.number < trial.number]
            if "fixed_params" in self.kept._storage.get_trial(trial._trial_id).system_attrs:
                return trial
            if len(others) >= target:
                self._drop(trial._trial_id, "another sweep has taken the last one")
                return None
            same = next((other.number for other in others if params_of(other) == trial.params), None)
            if same is None:
                return trial
            self._drop(trial._trial_id, f"trial {same} has the same values")
        self.exhausted = not self._enqueue_new()
        return None

    def _enqueue_new(self) -> bool:
        """Put a variant into the queue that no trial has; False if there is none, or they cannot be counted."""
        known = [params_of(trial) for trial in self.trials()]
        for point in grid(self.axes) or ():
            stored = self._stored(point)
            if stored not in known:
                self.kept.enqueue_trial(stored)
                return True
        return False

    def _drop(self, trial: int, reason: str) -> None:
        """Close a trial, by Optuna's identifier, in whose place there is another one."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        storage = self.kept._storage
        with suppress(UpdateFinishedTrialError):
            storage.set_trial_user_attr(trial, REASON, reason)
            storage.set_trial_user_attr(trial, GONE_ON, True)
            storage.set_trial_state_values(trial, TrialState.FAIL)

    def assignment(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a trial by path, as they are meant."""
        return {axis.path: axis.meant(params[axis.path]) for axis in self.axes if axis.path in params}

    def _stored(self, point: Mapping[str, Any]) -> dict[str, Any]:
        return {axis.path: axis.stored(point[axis.path]) for axis in self.axes}

    def fill(self, points: Iterator[Mapping[str, Any]]) -> None:
        """Put the points of a grid into the queue, but those that are there already."""
        for point in points:
            self.kept.enqueue_trial(self._stored(point), skip_if_exists=True)
        # Another sweep may have filled the queue at the same time.
        first: dict[str, int] = {}
        for trial in self.trials():
            params = params_of(trial)
            known = first.setdefault(json.dumps(params, sort_keys=True), trial.number)
            if known != trial.number and trial.state.name == "WAITING" and AGAIN_OF not in trial.user_attrs:
                self._drop(trial._trial_id, f"trial {known} has the same values")


def params_of(trial: FrozenTrial) -> dict[str, Any]:
    """Return the values of a trial by path, as the study keeps them; of one that waits those that it will have."""
    return {**trial.system_attrs.get("fixed_params", {}), **trial.params}


def declare(kept: optuna.Study, declaration: Mapping[str, Any], where: Origin) -> None:
    """Note what a study is of, or see that it is of the same; raises InputError that says what differs."""
    written = kept.user_attrs.get(DECLARATION)
    if written is None:
        kept.set_user_attr(DECLARATION, json.dumps(declaration))
        return
    before = json.loads(written)
    differing = [key for key in declaration if before.get(key) != declaration[key]]
    if differing:
        hint = "the same study goes on with the same graph, options and axes; another one has another --study"
        problems = [
            Problem(
                f"the study {kept.study_name!r} is of something else: {key}: there {_short(before.get(key))}, "
                f"here {_short(declaration[key])}",
                where,
                hint=OF_CODE if differing == [CODE] else hint,
            )
            for key in differing
        ]
        raise InputError(problems)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def new_study(kept: optuna.Study, place: str, axes: Sequence[Axis]) -> Study:
    """Return a study in which this sweep has left its first mark."""
    study = Study(kept, place, axes, own_mark())
    study.beat()
    return study
