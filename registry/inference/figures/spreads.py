"""How quantities of found objects are spread, and which classes are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from registry.inference.evaluating import Evaluated, Method
from registry.inference.figures.drawing import COLOURS, one_panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def of_found(method: Method, column: str) -> np.ndarray:
    """Return the known values of a column of the objects that were found, float64 [n]."""
    objects = method.tables.objects
    if not objects:
        return np.zeros(0)
    values = np.asarray(objects[column][objects["found"]], np.float64)
    known: np.ndarray = values[np.isfinite(values)]
    return known


def spread(evaluated: Evaluated, column: str, label: str) -> Figure:
    """Draw how a quantity of found objects is spread."""
    import mplhep
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 4.2))
    panel = one_panel(figure)
    values = {method.name: of_found(method, column) for method in evaluated.methods}
    every = np.concatenate(list(values.values()))
    low, high = np.quantile(every, [0.01, 0.99])
    edges = np.linspace(low, high, 41) if high > low else np.linspace(low - 0.5, low + 0.5, 41)
    for number, (name, own) in enumerate(values.items()):
        if len(own):
            counts, _ = np.histogram(own, edges)
            mplhep.histplot(counts, edges, ax=panel, label=name, color=COLOURS[number % len(COLOURS)], yerr=True)
    panel.set_xlabel(label, fontsize=11)
    panel.set_ylabel("found objects", fontsize=11)
    panel.tick_params(labelsize=9)
    if len(values) > 1:
        panel.legend(fontsize=9)
    return figure


def classes(confusion: np.ndarray) -> Figure:
    """Draw which classes were taken for which."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 4.2))
    panel = one_panel(figure)
    sums = confusion.sum(axis=1, keepdims=True)
    share = 100 * np.divide(confusion, sums, out=np.zeros(confusion.shape), where=sums > 0)
    panel.imshow(share, cmap="Blues", vmin=0, vmax=100)
    for row, column in np.ndindex(*share.shape):
        colour = "white" if share[row, column] > 60 else "black"
        panel.text(column, row, f"{share[row, column]:.0f}", ha="center", va="center", color=colour, fontsize=9)
    panel.set_xlabel("predicted class", fontsize=11)
    panel.set_ylabel("true class", fontsize=11)
    panel.minorticks_off()
    return figure
