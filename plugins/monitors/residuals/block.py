"""Declares the monitor of residuals."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Port, param
from registry.plugins.monitors.opened import BETA_IF_WIRED, OpenedBlock, SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class Residuals(OpenedBlock):
    """Measures how far a predicted quantity is from the true one, for the hits of objects.

    With `beta` wired only the hit of the largest beta of each object counts, the one that is read out. Residual:
    predicted - true, with `relative` over |true| (where that is not 0). Metrics: `bias`: the median; `width`: half the
    distance of the quantiles at 15.87 % and 84.13 %, the standard deviation of a normal distribution; `outliers`: share
    more than 5 widths from the median. Of several columns (x, y, z) each has its own: `bias_0`, `bias_1`.
    """

    name: ClassVar[str] = "residuals"
    monitor: ClassVar[str] = "registry.plugins.monitors.residuals.monitor:ResidualsMonitor"
    metrics: ClassVar[tuple[str, ...] | None] = ("bias", "width", "outliers", "bias_*", "width_*", "outliers_*")
    inputs = (
        Port("predicted", "hits quantities", "what the network says"),
        Port("truth", "hits quantities", "what is true of the hit's object", of="object"),
        BETA_IF_WIRED,
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(SampledParams):
        """What is compared, how often and on how much."""

        relative: bool = param(False, "divide by the true value")
        label: str = param("predicted - true", "what stands below the figure, with the unit")
        bins: int = param(40, "bins of the histogram, between the 1 % and 99 % quantiles", ge=1)


BLOCKS = (Residuals,)
