"""The thresholds that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from registry.inference.figures.drawing import COLOURS, one_panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from registry.measuring.scan import Scan


def scan(found: Scan) -> Figure:
    """Draw the objective of every setting that was tried, and the one that was chosen."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 4.2))
    panel = one_panel(figure)
    tried, values = np.array(found.tried), np.array(found.values)
    if tried.shape[1] == 1:
        order = np.argsort(tried[:, 0], kind="stable")
        panel.plot(tried[order, 0], values[order], marker="o", markersize=4, color=COLOURS[0])
        panel.axvline(tried[found.best, 0], color=COLOURS[2], linewidth=1)
        panel.set_ylabel(found.objective, fontsize=11)
    else:
        points = panel.scatter(tried[:, 0], tried[:, 1], c=values, cmap="viridis", s=40)
        x, y = tried[found.best, :2].tolist()
        panel.scatter([x], [y], marker="x", s=90, color=COLOURS[2], label="chosen")
        panel.set_ylabel(found.names[1].replace("_", " "), fontsize=11)
        figure.colorbar(points, ax=panel, label=found.objective)
        # Above the panel: inside it would hide settings.
        panel.legend(fontsize=9, loc="lower right", bbox_to_anchor=(1, 1), borderpad=0.1)
        figure.subplots_adjust(top=0.9)
    panel.set_xlabel(found.names[0].replace("_", " "), fontsize=11)
    panel.tick_params(labelsize=9)
    return figure
