"""Declares the monitor of beta."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import param
from registry.plugins.monitors.opened import BETA, OpenedBlock, SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class BetaDistribution(OpenedBlock):
    """Shows how beta is spread over the hits of objects, over noise, and over the condensation points.

    The condensation point of an object is its hit of the largest beta. Metrics: `objects`, `noise`: mean beta of their
    hits; `condensation_points`: mean over objects of the largest beta; `above`: share of objects whose largest beta is
    above `threshold`; `noise_above`: share of the noise hits that are. What there is none of has no value.
    Source: arXiv:2002.03605, section 3.
    """

    name: ClassVar[str] = "beta_distribution"
    monitor: ClassVar[str] = "registry.plugins.monitors.beta_distribution.monitor:BetaMonitor"
    metrics: ClassVar[tuple[str, ...] | None] = ("objects", "noise", "condensation_points", "above", "noise_above")
    inputs = (BETA, TRUTH_INDEX, ROW_SPLITS)

    class Params(SampledParams):
        """The threshold, how often and on how much."""

        threshold: float = param(0.1, "condensation points have a beta above this", ge=0, lt=1)
        bins: int = param(40, "bins of the histogram, from 0 to 1", ge=1)


BLOCKS = (BetaDistribution,)
