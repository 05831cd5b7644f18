"""Shows an event."""

from __future__ import annotations

from typing import Any

import numpy as np

from registry.contract.figures import Cloud
from registry.contract.monitor import Findings, Moment, MonitorContext
from registry.plugins.evaluation.clustering import condense
from registry.plugins.monitors.columns import Columns, gather


class Display:
    """Shows the fixed event at every record and at the end."""

    moments: tuple[Moment, ...] = ("record", "end")

    def __init__(self, params: Any) -> None:
        self._params = params

    def look(self, context: MonitorContext) -> Findings:
        """Return the event as the network sees it now."""
        columns = gather([context.observe_fixed_event()])
        if columns is None:
            return Findings()
        thresholds = self._params.beta_threshold, self._params.distance_threshold
        return Findings(figures={"event": display(columns, *thresholds, f"after {context.step} steps")})


def display(columns: Columns, beta_threshold: float, distance_threshold: float, text: str = "") -> Cloud:
    """Return the figure of an event; `columns` by port, each [hits, width], and "row_splits" [2]."""
    truth = columns["truth_index"].reshape(-1).astype(np.int64)
    spaces = {"detector": columns["coordinates"]}
    colours: dict[str, np.ndarray] = {"true object": truth}
    if "ccoords" in columns:
        spaces["cluster space"] = columns["ccoords"]
    if "ccoords" in columns and "beta" in columns:
        found = condense(
            columns["beta"],
            columns["ccoords"],
            columns.get("distance"),
            columns["row_splits"],
            beta_threshold,
            distance_threshold,
        )
        colours["cluster"] = found.assignment.astype(np.int64)
    colours |= {name: columns[name].reshape(-1).astype(np.float64) for name in ("beta", "energy") if name in columns}
    hits = f"{len(truth):,} hits, {len(np.unique(truth[truth >= 0]))} objects"
    size = columns["energy"].reshape(-1) if "energy" in columns else None
    axes = {"detector": ("x", "y", "z")[: columns["coordinates"].shape[1]]}
    return Cloud(spaces, colours, size, f"{hits}, {text}" if text else hits, axes, "true object")
