"""Declares the monitor of residuals."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import MonitorBlock, Port, param
from registry.contract.monitor import Monitor
from registry.plugins.monitors.sampling import SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class Residuals(MonitorBlock):
    """Measures how far a predicted quantity is from the true one, for the hits of objects.

    With `beta` wired only the hit of the largest beta of each object counts, the one that is read out. Residual:
    predicted - true, with `relative` over |true| (where that is not 0). Metrics: `bias`: the median; `width`: half the
    distance of the quantiles at 15.87 % and 84.13 %, the standard deviation of a normal distribution; `outliers`: share
    more than 5 widths from the median. Of several columns (x, y, z) each has its own: `bias_0`, `bias_1`.
    """

    name: ClassVar[str] = "residuals"
    inputs = (
        Port("predicted", "hits quantities", "what the network says"),
        Port("truth", "hits quantities", "what is true of the hit's object", of="object"),
        Port("beta", "hits 1", "condensation score, 0 to 1", optional=True, bounds=(0, 1)),
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(SampledParams):
        """What is compared, how often and on how much."""

        relative: bool = param(False, "divide by the true value")
        label: str = param("predicted - true", "what stands below the figure, with the unit")
        bins: int = param(40, "bins of the histogram, between the 1 % and 99 % quantiles", ge=1)

    def open(self, node: str) -> Monitor:
        from registry.plugins.monitors.residuals.monitor import ResidualsMonitor

        return ResidualsMonitor(self.params)


BLOCKS = (Residuals,)
