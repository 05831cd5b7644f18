"""What a study holds: a row for each variant, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from registry.sweeping.study import REASON, RUNS, Study, params_of
from registry.sweeping.sweeper import SECONDS, SPREAD

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class Row:
    """A variant: `value` is the mean of the metric over seeds, `spread` their standard deviation.

    `state`: done, failed, pruned, running, waiting; `runs`: what came of each seed.
    """

    number: int
    state: str
    assignment: Mapping[str, Any]
    value: float | None = None
    spread: float | None = None
    seconds: float = 0.0
    reason: str = ""
    runs: Sequence[Mapping[str, Any]] = field(default_factory=list)


STATES = {"COMPLETE": "done", "FAIL": "failed", "PRUNED": "pruned", "RUNNING": "running", "WAITING": "waiting"}


def rows(study: Study) -> list[Row]:
    """Return the variants of a study, best first, then those without a value in their order."""
    found = [_row(trial, study) for trial in study.trials()]
    sign = -1 if study.kept.direction.name == "MAXIMIZE" else 1

    def place(row: Row) -> tuple[int, float, int]:
        done = row.state == "done" and row.value is not None
        return (0 if done else 1, sign * row.value if done and row.value is not None else 0.0, row.number)

    return sorted(found, key=place)


def _row(trial: FrozenTrial, study: Study) -> Row:
    own = trial.user_attrs
    return Row(
        trial.number,
        STATES[trial.state.name],
        study.assignment(params_of(trial)),
        trial.value if trial.state.name in ("COMPLETE", "PRUNED") else None,
        own.get(SPREAD),
        own.get(SECONDS, 0.0),
        own.get(REASON, ""),
        own.get(RUNS, []),
    )
