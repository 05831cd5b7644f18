"""What the runs of a sweep have recorded until now, read from their folders: any machine that sees the disk can."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from registry.contract.monitor import of_validation
from registry.contract.tracker import Recorded
from registry.training.history import HISTORY_FILE

EPOCH = "epoch/epoch"
"""The metric that says, with every epoch, how many are done."""


def recorded(folder: Path) -> list[Recorded]:
    """Return what a run has recorded; of a line that is being written, nothing."""
    found: list[Recorded] = []
    with suppress(OSError):
        for line in (folder / HISTORY_FILE).read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError, TypeError):
                found.append(Recorded(**json.loads(line)))
    return found


def last_value(records: Sequence[Recorded], metric: str) -> float | None:
    """Return the last value of a metric, None if there is none."""
    return next((item.metrics[metric] for item in reversed(records) if metric in item.metrics), None)


def by_epoch(records: Sequence[Recorded], metric: str) -> dict[int, float]:
    """Return the last value of a metric in every epoch that has one; what comes behind an epoch belongs to it.

    Values that are not finite are left out.
    """
    found: dict[int, float] = {}
    epoch = 0
    for item in records:
        epoch = int(item.metrics.get(EPOCH, epoch))
        value = item.metrics.get(metric)
        if value is not None and epoch and math.isfinite(value):
            found[epoch] = value
    return found


def curve(records: Sequence[Recorded], metric: str) -> dict[int, float]:
    """Return what is known of a metric in each epoch.

    A monitor that looks at the test events before and after a training records the same of the validation events after
    its epochs, "clusters/validation/efficiency" beside "clusters/efficiency": these count where there are some.
    """
    return by_epoch(records, of_validation(metric)) or by_epoch(records, metric)


def names(records: Sequence[Recorded]) -> list[str]:
    """Return the names of all metrics."""
    return sorted({name for item in records for name in item.metrics})
