"""Declares the display of an event in three dimensions."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Port, param
from registry.contract.monitor_block import MonitorParams
from registry.plugins.monitors.opened import BETA_IF_WIRED, OpenedBlock
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class EventDisplay(OpenedBlock):
    """Shows one event in three dimensions, to be turned on the page of the run: as it is, and in cluster space.

    Hits are coloured by their true object, by the cluster that the network puts them in (condensation with the
    thresholds given here), by beta or by energy. The event is that of median size and stays the same during a run.
    """

    name: ClassVar[str] = "event_display"
    monitor: ClassVar[str] = "registry.plugins.monitors.event_display.monitor:Display"
    metrics: ClassVar[tuple[str, ...] | None] = ()
    inputs = (
        Port("coordinates", "hits dimensions", "where the hit is in the detector", unit="cm"),
        BETA_IF_WIRED,
        Port("ccoords", "hits n_ccoords", "place in cluster space", optional=True),
        Port(
            "distance", "hits 1", "scale of distances in cluster space; 1 if not wired", optional=True, bounds=(0, None)
        ),
        Port(
            "energy", "hits 1", "energy of the hit; the size of its point", unit="GeV", optional=True, bounds=(0, None)
        ),
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(MonitorParams):
        """How clusters are made, and how often the event is shown."""

        beta_threshold: float = param(0.1, "condensation points have a beta above this", ge=0, lt=1)
        distance_threshold: float = param(0.5, "radius of a cluster, in units of the hit's distance", gt=0)


BLOCKS = (EventDisplay,)
