"""Measures how beta is spread."""

from __future__ import annotations

import numpy as np

from registry.contract.figures import Histogram
from registry.contract.monitor import Findings
from registry.plugins.monitors.columns import Columns
from registry.plugins.monitors.objects import condensation_points, object_numbers
from registry.plugins.monitors.sampling import SampledMonitor


class BetaMonitor(SampledMonitor):
    """Looks at validation events at every record and at the end."""

    def measure(self, columns: Columns) -> Findings:
        """Return the metrics, and the histograms as shares of what they count."""
        parts = groups(columns["beta"], columns["truth_index"], columns["row_splits"])
        edges = np.linspace(0.0, 1.0, self._params.bins + 1)
        shares = {name: np.histogram(values, edges)[0] / len(values) for name, values in parts.items() if len(values)}
        text = "share of the hits of objects, of the noise hits, and of the objects' hits of the largest beta"
        figure = Histogram(edges, shares, "beta", text)
        return Findings(metrics(parts, self._params.threshold), figures={"beta": figure})


def groups(beta: np.ndarray, truth_index: np.ndarray, row_splits: np.ndarray) -> dict[str, np.ndarray]:
    """Return beta of the hits of objects, of noise, and of the condensation points."""
    beta = np.asarray(beta, np.float64).reshape(-1)
    numbers, count = object_numbers(truth_index, row_splits)
    points = condensation_points(beta, numbers, count)
    return {"objects": beta[numbers >= 0], "noise": beta[numbers < 0], "condensation points": beta[points]}


def metrics(parts: dict[str, np.ndarray], threshold: float) -> dict[str, float]:
    """Return the means, and the shares above a threshold."""
    found = {name.replace(" ", "_"): float(values.mean()) for name, values in parts.items() if len(values)}
    for name, part in (("above", "condensation points"), ("noise_above", "noise")):
        if len(parts[part]):
            found[name] = float((parts[part] > threshold).mean())
    return found
