"""Measures residuals."""

from __future__ import annotations

import numpy as np

from registry.contract.figures import Histogram
from registry.contract.monitor import Findings
from registry.plugins.monitors.columns import Columns
from registry.plugins.monitors.objects import condensation_points, object_numbers
from registry.plugins.monitors.sampling import SampledMonitor

OUTLIER = 5.0
"""Widths from the median beyond which a residual is an outlier."""


class ResidualsMonitor(SampledMonitor):
    """Looks at validation events at every record and at the end."""

    def measure(self, columns: Columns) -> Findings:
        """Return the metrics and histograms of every column."""
        values = residuals(columns, self._params.relative)
        names = ["residuals"] if values.shape[1] == 1 else [f"residuals {number}" for number in range(values.shape[1])]
        found = Findings()
        for number, name in enumerate(names):
            own = values[:, number][np.isfinite(values[:, number])]
            ending = "" if len(names) == 1 else f"_{number}"
            found.metrics |= {f"{key}{ending}": value for key, value in spread(own).items()}
            if len(own):
                found.figures[name] = self._figure(own)
        return found

    def _figure(self, values: np.ndarray) -> Histogram:
        low, high = np.quantile(values, [0.01, 0.99])
        edges = np.linspace(low, high if high > low else low + 1.0, self._params.bins + 1)
        return Histogram(edges, {"objects": np.histogram(values, edges)[0]}, self._params.label)


def residuals(columns: Columns, relative: bool) -> np.ndarray:
    """Return the residuals [objects or hits, quantities]; nan where the true value is 0 and they are relative."""
    predicted, true = columns["predicted"].astype(np.float64), columns["truth"].astype(np.float64)
    numbers, count = object_numbers(columns["truth_index"], columns["row_splits"])
    chosen = condensation_points(columns["beta"], numbers, count) if "beta" in columns else np.flatnonzero(numbers >= 0)
    difference: np.ndarray = predicted[chosen] - true[chosen]
    if relative:
        size = np.abs(true[chosen])
        difference = np.divide(difference, size, out=np.full(difference.shape, np.nan), where=size > 0)
    return difference


def spread(values: np.ndarray) -> dict[str, float]:
    """Return median, width and share of outliers of residuals; nothing without any."""
    if not len(values):
        return {}
    low, median, high = np.quantile(values, [0.1587, 0.5, 0.8413])
    width = (high - low) / 2
    far = np.abs(values - median) > OUTLIER * width
    return {"bias": float(median), "width": float(width), "outliers": float(far.mean())}
