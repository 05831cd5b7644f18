"""Figures of merit against energy, transverse momentum, pseudorapidity, density and hits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.inference.evaluating import Evaluated
from registry.inference.figures.drawing import COLOURS, MARKERS
from registry.measuring.choices import ALL, VARIABLES, Variable
from registry.measuring.curves import Bin
from registry.measuring.text import heading, is_share
from registry.measuring.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def merit(evaluated: Evaluated, name: str) -> Figure:
    """Draw a figure of merit against every variable: samples in one row, or a row each where methods are compared."""
    from matplotlib.figure import Figure

    methods, samples = evaluated.methods, list(evaluated.samples)
    shown = [name_ for name_ in VARIABLES if any(name_ in method.curves[ALL].get(name, {}) for method in methods)]
    rows = [samples] if len(methods) == 1 else [[sample] for sample in samples]
    figure = Figure(figsize=(3.6 * len(shown), 3.4 * len(rows)))
    axes = figure.subplots(len(rows), len(shown), squeeze=False)
    figure.subplots_adjust(left=0.05, right=0.99, top=0.93, bottom=0.17 / len(rows) + 0.01, wspace=0.25, hspace=0.35)
    for panels, own in zip(axes, rows, strict=True):
        for panel, variable in zip(panels, shown, strict=True):
            series = [(method, sample) for sample in own for method in methods]
            for number, (method, sample) in enumerate(series):
                label = method.name if len(methods) > 1 else sample
                _points(panel, method.curves[sample].get(name, {}).get(variable, []), number, label, is_share(name))
            title = own[0] if len(rows) > 1 else ""
            _labels(panel, name, variable, title, evaluated.words, first=variable == shown[0])
    if len(methods) > 1 or len(samples) > 1:
        axes[0][0].legend(fontsize=9)
    return figure


def _points(panel: Axes, bins: Sequence[Bin], number: int, label: str, share: bool) -> None:
    """Draw the bins of one way of clustering: the thick bar is its interval, the thin one that of the bootstrap."""
    ends = _finite(bins)
    if not ends:
        return
    scale = 100.0 if share else 1.0
    centre = np.array([(low + high) / 2 for low, high in ends])
    half = np.array([(high - low) / 2 for low, high in ends])
    values = np.array([scale * item.figure.estimate.value for item in bins])
    below = np.array([scale * (item.figure.estimate.value - item.figure.estimate.low) for item in bins])
    above = np.array([scale * (item.figure.estimate.high - item.figure.estimate.value) for item in bins])
    drawn = np.array([scale * item.figure.error for item in bins])
    own: dict[str, Any] = {
        "color": COLOURS[number % len(COLOURS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": "none",
    }
    bars = np.maximum(np.nan_to_num(np.stack([below, above])), 0)
    panel.errorbar(centre, values, yerr=bars, xerr=half, markersize=4, elinewidth=2, label=label, **own)
    panel.errorbar(centre, values, yerr=np.nan_to_num(drawn), markersize=0, elinewidth=0.7, capsize=2, **own)


def _finite(bins: Sequence[Bin]) -> list[tuple[float, float]]:
    """Return the ends of bins; an infinite end is as far away as the bin beside it is long."""
    finite = [edge for item in bins for edge in (item.low, item.high) if math.isfinite(edge)]
    if not finite:
        return [(0.0, 1.0) for _ in bins]
    lengths = [item.high - item.low for item in bins if math.isfinite(item.high - item.low)]
    reach = max(lengths, default=1.0)
    return [
        (
            item.low if math.isfinite(item.low) else item.high - reach,
            item.high if math.isfinite(item.high) else item.low + reach,
        )
        for item in bins
    ]


def _labels(panel: Axes, name: str, variable: Variable, sample: str, words: Words, first: bool) -> None:
    label, measure = VARIABLES[variable]
    unit = words.unit(measure)
    panel.set_xlabel(f"{label} [{unit}]" if unit else label, fontsize=11)
    if variable in ("energy", "pt", "hits"):
        panel.set_xscale("symlog", linthresh=0.1 * words.scale(measure) if measure else 1.0)
    if first:
        panel.set_ylabel(heading(name, words), fontsize=11)
    panel.minorticks_off()
    panel.locator_params(axis="y", nbins=5)
    panel.tick_params(labelsize=9)
    if sample:
        panel.set_title(sample, fontsize=10, loc="right")
