"""Declares the monitor that draws a learned space."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Port, param
from registry.contract.monitor import Monitor
from registry.contract.monitor_block import MonitorBlock, MonitorParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX

COORDINATES = Port("coordinates", "hits dimensions", "the space to draw")


class PlotCoordinates(MonitorBlock):
    """Draws the hits of one validation event in a learned space, coloured by their true object.

    The event is that of median size and stays the same during a run. One 3-D panel for each three consecutive
    dimensions; two dimensions are one flat panel. Noise (truth index below 0) is grey.
    Files: `<node>_<step>.png`, at every `plot_frequency` records and at the end; on the page of the run the hits can be
    turned.
    Source: HGCalML, modules/DebugLayers.py, PlotCoordinates.
    """

    name: ClassVar[str] = "plot_coordinates"
    metrics: ClassVar[tuple[str, ...] | None] = ()
    inputs = (
        COORDINATES,
        Port("size", "hits 1", "the larger, the larger the marker", optional=True, bounds=(0, None)),
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(MonitorParams):
        """How many panels at most, and how often."""

        max_panels: int = param(4, "panels in a picture; further windows of dimensions are left out", ge=1)

    def open(self, node: str) -> Monitor:
        from registry.plugins.monitors.plot_coordinates.monitor import CoordinatePlots

        return CoordinatePlots(node, self.params.max_panels)


BLOCKS = (PlotCoordinates,)
