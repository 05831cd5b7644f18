"""Displays of events, by true objects and by clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from registry.inference.evaluating import Event
from registry.inference.figures.drawing import COLOURS
from registry.measuring.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def event_text(shown: Event) -> str:
    """Return the name of an event, with how much was missed, fake or merged."""
    objects, showers = shown.judged.objects, shown.judged.showers
    missed = int((objects["counted"] & ~objects["found"]).sum())
    fakes, merges = int(showers["fake"].sum()), int(showers["merged"].sum())
    return f"{shown.name}: {missed} missed, {fakes} fakes, {merges} merges"


def event(shown: Event, words: Words) -> Figure:
    """Draw an event twice, by true objects and by clusters, with what was missed, fake or merged marked."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 4.4))
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.14, top=0.91, wspace=0.1)
    across, up, labels = _plane(shown.coordinates, words.length)
    objects, showers = shown.judged.objects, shown.judged.showers
    missed = objects["object"][objects["counted"] & ~objects["found"]]
    _hits(left, across, up, shown.energy, shown.truth)
    _mark(left, across, up, shown.truth, missed, "missed", COLOURS[2])
    _hits(right, across, up, shown.energy, shown.assignment)
    for flag, colour in (("fake", COLOURS[2]), ("merged", COLOURS[4])):
        _mark(right, across, up, shown.assignment, showers["shower"][showers[flag]], flag, colour)
    for panel, title in ((left, "truth"), (right, "clusters")):
        panel.set_title(title, fontsize=11)
        panel.set_xlabel(labels[0], fontsize=11)
        panel.tick_params(labelsize=9)
        if panel.get_legend_handles_labels()[0]:
            # The best place is looked for among all hits, which may be many.
            panel.legend(fontsize=9, loc="upper right")
    left.set_ylabel(labels[1], fontsize=11)
    return figure


def _plane(coordinates: np.ndarray, unit: str) -> tuple[np.ndarray, np.ndarray, tuple[str, str]]:
    """Return the plane that an event is shown in: pseudorapidity and azimuth, or the first two coordinates."""
    if coordinates.shape[1] >= 3:
        x, y, z = np.asarray(coordinates, np.float64)[:, :3].T
        transverse = np.hypot(x, y)
        if len(x) and (transverse > 1e-6 * np.abs(z)).all() and (transverse > 0).all():
            return np.arcsinh(z / transverse), np.arctan2(y, x), ("pseudorapidity", "azimuth [rad]")
    flat = np.zeros((len(coordinates), 2))
    flat[:, : min(2, coordinates.shape[1])] = coordinates[:, :2]
    x, y = (f"{axis} [{unit}]" if unit else axis for axis in "xy")
    return flat[:, 0], flat[:, 1], (x, y)


def _hits(panel: Axes, across: np.ndarray, up: np.ndarray, energy: np.ndarray, labels: np.ndarray) -> None:
    known = np.maximum(np.nan_to_num(energy), 0)
    size = 8 + 60 * np.sqrt(known / max(float(known.max(initial=0.0)), 1e-12))
    noise = labels < 0
    panel.scatter(across[noise], up[noise], s=size[noise], color="#cccccc")
    if (~noise).any():
        panel.scatter(across[~noise], up[~noise], s=size[~noise], c=labels[~noise] % 20, cmap="tab20", vmin=0, vmax=19)


def _mark(
    panel: Axes, across: np.ndarray, up: np.ndarray, labels: np.ndarray, marked: np.ndarray, label: str, colour: str
) -> None:
    chosen = np.isin(labels, marked)
    if chosen.any():
        own: dict[str, Any] = {"s": 110, "facecolors": "none", "edgecolors": colour, "linewidths": 1.2}
        panel.scatter(across[chosen], up[chosen], label=label, **own)
