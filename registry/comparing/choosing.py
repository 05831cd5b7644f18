"""Chooses the metric that runs are ranked by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from registry.comparing.evaluated import Evaluation
from registry.comparing.grouping import Group
from registry.contract.errors import InputError, Problem
from registry.contract.spelling import did_you_mean
from registry.measuring.metrics import F1

PREFERRED = ("validation/loss", "epoch/loss", "train/loss")
"""Metrics of which the first that all groups have is taken where none is named, and the runs are not evaluated."""


def chosen(metric: str, groups: Sequence[Group], evaluations: Mapping[str, Evaluation]) -> str:
    """Return the metric that is named; else f1 of the evaluation if all runs are evaluated, else a loss.

    Raises InputError if no run has the metric, or the runs share none of the usual ones.
    """
    if metric:
        _require(metric, groups)
        return metric
    runs = [run for group in groups for run in group.runs]
    common = set.intersection(*(set(run.values) for run in runs))
    usual = [*dict.fromkeys(f"{item.prefix}/{F1}" for item in evaluations.values()), *PREFERRED]
    found = next((name for name in usual if name in common), "")
    if not found:
        hint = f"name one with --metric: {', '.join(sorted(common)) or 'they share none'}"
        raise InputError([Problem(f"the runs share none of the usual metrics: {', '.join(usual)}", hint=hint)])
    return found


def _require(metric: str, groups: Iterable[Group]) -> None:
    known = sorted({name for group in groups for run in group.runs for name in run.values})
    if metric not in known:
        hint = did_you_mean(metric, known) or f"recorded are: {', '.join(known)}"
        raise InputError([Problem(f"no run has recorded a metric {metric!r}", hint=hint)])
