"""A monitor looks at whatever comes: no events, empty ones, noise alone, a network that gives nan."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from registry.testing.law import MONITORS, law
from registry.testing.laws.monitor_model import require_findings
from registry.testing.looking import context_of, opened
from registry.testing.subject import Subject
from registry.testing.values import TRUTH_INDEX, Values


@law("fails safe", MONITORS, "ask for the number of hits before taking a mean, a maximum or a histogram")
def check(subject: Subject) -> None:
    """Let it look at odd events."""
    for values in _odd(subject):
        with TemporaryDirectory() as folder:
            monitor = opened(subject)
            for moment in monitor.moments:
                # The fixed event is one event, if an empty one.
                fixed = values if len(values.get("row_splits", ())) == 2 else subject.values([9])
                found = monitor.look(context_of(moment, Path(folder), values, fixed))
                require_findings(found, Path(folder), values)


def _odd(subject: Subject) -> list[Values]:
    usual = subject.values([9, 4])
    noise = {port: np.full_like(value, -1) if port == TRUTH_INDEX else value for port, value in usual.items()}
    broken = {port: np.full_like(value, np.nan) if value.dtype.kind == "f" else value for port, value in usual.items()}
    return [subject.values([]), subject.values([0]), subject.values([1, 0]), noise, broken]
