"""A monitor changes nothing of what it looks at, and returns findings that can be kept."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from registry.contract.monitor import Findings
from registry.testing.broken import Broken
from registry.testing.law import MONITORS, law
from registry.testing.looking import context_of, opened
from registry.testing.subject import Subject
from registry.testing.values import Values

SIZES = [30, 12, 25]


@law("looks only", MONITORS, "copy an array before changing it, and write files into `context.folder`")
def check(subject: Subject) -> None:
    """Let it look at every moment at arrays that cannot be written to, and compare them afterwards."""
    values = subject.values(SIZES)
    before = {port: np.array(value) for port, value in values.items()}
    with TemporaryDirectory() as folder:
        monitor = opened(subject)
        for moment in monitor.moments:
            found = monitor.look(context_of(moment, Path(folder), values, subject.values([9])))
            require_findings(found, Path(folder), values)
    for port, value in values.items():
        if not np.array_equal(value, before[port]):
            raise Broken(f"the input {port!r} as it was", "other numbers")


def require_findings(found: object, folder: Path, values: Values) -> None:
    """Raise Broken unless a look returned findings: numbers by name, files in its folder."""
    if not isinstance(found, Findings):
        raise Broken("look() to return Findings", type(found).__name__)
    for metric, value in found.metrics.items():
        if not isinstance(value, int | float | np.number) or math.isinf(value):
            raise Broken(f"a number as the metric {metric!r}", repr(value))
    for file in found.files:
        if not file.is_file() or folder.resolve() not in file.resolve().parents:
            raise Broken("files that lie in the context's folder", file)
