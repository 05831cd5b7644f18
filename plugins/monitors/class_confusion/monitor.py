"""Counts which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from registry.contract.figures import Table
from registry.contract.monitor import Findings
from registry.plugins.monitors.columns import Columns
from registry.plugins.monitors.objects import condensation_points, object_numbers
from registry.plugins.monitors.sampling import SampledMonitor


class ConfusionMonitor(SampledMonitor):
    """Looks at validation events at every record and at the end."""

    def measure(self, columns: Columns) -> Findings:
        """Return the shares that are right, and the table."""
        counts = confusion(columns)
        names = [*self._params.names, *map(str, range(len(self._params.names), len(counts)))][: len(counts)]
        table = Table(names, names, counts, "true class, predicted class")
        return Findings(metrics(counts, names), figures={"classes": table})


def confusion(columns: Columns) -> np.ndarray:
    """Return how often each true class (rows) is taken for each class (columns), int64 [classes, classes]."""
    numbers, count = object_numbers(columns["truth_index"], columns["row_splits"])
    chosen = condensation_points(columns["beta"], numbers, count) if "beta" in columns else np.flatnonzero(numbers >= 0)
    predicted, true = columns["classes"][chosen], columns["truth_class"][chosen]
    known = true.max(axis=1, initial=0) > 0
    counts = np.zeros((predicted.shape[1], predicted.shape[1]), np.int64)
    np.add.at(counts, (true[known].argmax(axis=1), predicted[known].argmax(axis=1)), 1)
    return counts


def metrics(counts: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Return accuracy, and recall by class; nothing without a hit whose class is known."""
    sums = counts.sum(axis=1)
    if not sums.sum():
        return {}
    right = np.diag(counts)
    recalls = {f"recall/{name}": float(right[row] / sums[row]) for row, name in enumerate(names) if sums[row]}
    return {"accuracy": float(right.sum() / sums.sum()), **recalls}
