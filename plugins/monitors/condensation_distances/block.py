"""Declares the monitor of distances in cluster space."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Port, param
from registry.plugins.monitors.opened import BETA, OpenedBlock, SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class CondensationDistances(OpenedBlock):
    """Measures how far hits are from the condensation points of their own and of other objects.

    The condensation point of an object is its hit of the largest beta, and is left out of its own hits. Own: distance
    of a hit of an object to the point of that object; other: distance of a hit, noise included, to the nearest point of
    another object of its event. Metrics: `own`, `other`: the medians; `nearest_is_own`: share of the hits of objects,
    where there are several, that are nearer to their own point than to any other. Source: arXiv:2002.03605, section 3.
    """

    name: ClassVar[str] = "condensation_distances"
    monitor: ClassVar[str] = "registry.plugins.monitors.condensation_distances.monitor:DistancesMonitor"
    metrics: ClassVar[tuple[str, ...] | None] = ("own", "other", "nearest_is_own")
    inputs = (
        Port("coordinates", "hits dimensions", "place in cluster space"),
        BETA,
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(SampledParams):
        """How often and on how much."""

        bins: int = param(40, "bins of the histogram, from 0 to the 99 % quantile", ge=1)


BLOCKS = (CondensationDistances,)
