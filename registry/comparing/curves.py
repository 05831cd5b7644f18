"""Learning curves of a group: the mean over seeds at every step that all its runs have recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from registry.comparing.grouping import Group


def _none() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Curve:
    """`mean` of a metric at `steps`, and its standard error over seeds, all [steps]; the error of one seed is nan."""

    steps: np.ndarray = field(default_factory=_none)
    mean: np.ndarray = field(default_factory=_none)
    error: np.ndarray = field(default_factory=_none)


def curve(group: Group, metric: str) -> Curve:
    """Return the curve of a metric, over the steps at which every run that has recorded it has a finite value."""
    histories = [
        {point.step: point.value for point in run.history(metric) if math.isfinite(point.value)} for run in group.runs
    ]
    histories = [history for history in histories if history]
    if not histories:
        return Curve()
    steps = sorted(set.intersection(*(set(history) for history in histories)))
    values = np.array([[history[step] for step in steps] for history in histories])
    count = len(histories)
    error = values.std(axis=0, ddof=1) / math.sqrt(count) if count > 1 else np.full(len(steps), np.nan)
    return Curve(np.array(steps), values.mean(axis=0), error)
