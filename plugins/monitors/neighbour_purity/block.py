"""Declares the monitor of neighbours."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Port
from registry.plugins.monitors.opened import OpenedBlock, SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class NeighbourPurity(OpenedBlock):
    """Measures which share of the neighbours of an object's hits belong to the same object.

    `purity`: of all pairs of a hit of an object and one of its neighbours, itself aside, the share in which both are of
    the same object; `random`: what it would be if neighbours were drawn from the hits of the event at random, of each
    pair (n - 1) / (N - 1) with n hits of the object and N of the event; `gain`: their ratio, 1 for a space that has
    learnt nothing. In a repeat of a graph every pass has values of its own. Source: arXiv:1902.07987, section 3.
    """

    name: ClassVar[str] = "neighbour_purity"
    monitor: ClassVar[str] = "registry.plugins.monitors.neighbour_purity.monitor:PurityMonitor"
    metrics: ClassVar[tuple[str, ...] | None] = ("purity", "random", "gain")
    inputs = (
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours, -1 where there is none", "int32"),
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(SampledParams):
        """How often and on how much."""


BLOCKS = (NeighbourPurity,)
