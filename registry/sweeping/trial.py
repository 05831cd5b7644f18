"""A variant that is being trained: a run for each seed, and the value of them together."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from registry.sweeping.records import curve, last_value, names, recorded
from registry.training.run_folder import LOCAL, read_card
from registry.training.stopping import ask_to_stop, asked_to_stop

if TYPE_CHECKING:
    from optuna.trial import Trial

    from registry.farm.task import Outcome

NOT_ALL_RECORDED = 3
"""The exit status of a training that ended well, but of which something is not recorded yet."""

SHOWN = 8
"""Metrics that a message names."""

_PRUNED = re.compile(r"pruned after epoch (\d+)")

State = Literal["COMPLETE", "FAIL", "PRUNED"]


@dataclass
class SeedRun:
    """What came of one seed of a variant: `value` of the metric, or the `reason` why there is none.

    `known`: the metrics that a run has recorded which has ended well, but has not this one.
    """

    seed: int
    status: str
    value: float | None = None
    reason: str = ""
    run: str = ""
    seconds: float = 0.0
    attempts: int = 1
    host: str = ""
    known: Sequence[str] = ()


@dataclass
class Training:
    """A variant that is being trained.

    `begun`: the number that its runs are called by; `left`: seeds whose runs have not ended yet, in their order;
    `epochs` of a run, 0 where that is not known.
    """

    trial: Trial
    study: str
    begun: int
    assignment: Mapping[str, Any]
    seeds: Sequence[int]
    metric: str
    epochs: int = 0
    left: list[int] = field(default_factory=list)
    given_out: set[int] = field(default_factory=set)
    ended: list[SeedRun] = field(default_factory=list)
    pruned_at: int | None = None
    reported: set[int] = field(default_factory=set)
    told: bool = False
    """Whether the study knows what came of it."""

    def name(self, seed: int) -> str:
        """Return what the run of a seed, its folder and its task are called."""
        return f"{self.study}-{self.begun:03}-seed-{seed}"

    def folder(self, seed: int) -> Path:
        """Return the local folder of the run of a seed."""
        return LOCAL / self.name(seed)

    def end(self, seed: int, outcome: Outcome) -> SeedRun:
        """Note what came of a run."""
        folder = self.folder(seed)
        records = recorded(folder)
        value = last_value(records, self.metric)
        trained = outcome.status == "done" or outcome.exit_status == NOT_ALL_RECORDED
        reason = "" if trained else (outcome.reason or f"exit status {outcome.exit_status}")
        if trained and self.pruned_at is None:
            reason = self._stopped(asked_to_stop(folder))
        lacks = trained and not reason and self.pruned_at is None and value is None
        if trained and not reason and self.pruned_at is None:
            reason = self._missing(value, names(records))
        status = "pruned" if self.pruned_at is not None else "failed" if reason else "done"
        found = SeedRun(
            seed,
            "lost" if outcome.status == "lost" else status,
            None if reason else value,
            reason,
            read_card(folder).id,
            round(outcome.seconds, 1),
            outcome.attempts,
            outcome.host,
            names(records) if lacks else (),
        )
        self.left.remove(seed)
        self.ended.append(found)
        return found

    def _stopped(self, why: str) -> str:
        """Return why a run has not come to its end; one that a sweep has pruned which is gone is pruned."""
        if found := _PRUNED.match(why):
            self.pruned_at = int(found[1])
        return f"the run was asked to stop: {why}" if why and not found else ""

    def _missing(self, value: float | None, known: Sequence[str]) -> str:
        if value is None:
            more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
            listing = f"{', '.join(known[:SHOWN])}{more}" if known else "nothing"
            return f"the run has recorded no metric {self.metric!r}; it has {listing}"
        return "" if math.isfinite(value) else f"{self.metric} is {value}"

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is being trained or will be."""
        return not self.left or (self.pruned_at is not None and not set(self.left) & self.given_out)

    @property
    def values(self) -> list[float]:
        """The values of the seeds that have one."""
        return [run.value for run in self.ended if run.value is not None]

    @property
    def state(self) -> State:
        """What became of it."""
        if self.pruned_at is not None:
            return "PRUNED"
        return "COMPLETE" if self.values else "FAIL"

    @property
    def reason(self) -> str:
        """Why there is no value, or which of the seeds have none."""
        if self.pruned_at is not None:
            return _pruned_after(self.pruned_at)
        return "; ".join(f"seed {run.seed}: {run.reason}" for run in self.ended if run.reason)

    def report(self) -> None:
        """Tell the study what the runs have reached, the mean over those that have begun; end them if they look bad."""
        curves = [curve(recorded(self.folder(seed)), self.metric) for seed in sorted(self.given_out)]
        failed = {run.seed for run in self.ended if run.value is None}
        curves = [found for seed, found in zip(sorted(self.given_out), curves, strict=True) if seed not in failed]
        begun = [found for found in curves if found]
        if not begun or len(begun) < len(curves):
            return
        for epoch in sorted(set.intersection(*map(set, begun)) - self.reported):
            self.reported.add(epoch)
            self.trial.report(statistics.fmean(found[epoch] for found in begun), epoch)
            # Nothing is saved by ending what is trained.
            is_last = epoch == self.epochs and self.given_out == set(self.seeds)
            if self.pruned_at is None and not is_last and self.trial.should_prune():
                self._prune(epoch)

    def _prune(self, epoch: int) -> None:
        self.pruned_at = epoch
        for seed in self.given_out & set(self.left):
            ask_to_stop(self.folder(seed), f"{_pruned_after(epoch)} by the study {self.study}")


def _pruned_after(epoch: int) -> str:
    return f"pruned after epoch {epoch}"


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean, and the standard deviation between seeds; None for a single one."""
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None
