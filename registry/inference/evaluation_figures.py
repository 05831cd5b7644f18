"""The figures of an evaluation, in the field's style: merit against variables, spreads, classes, scans, events."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.inference.evaluating import Evaluated, Event, Method
from registry.measuring.choices import VARIABLES
from registry.measuring.curves import Bin
from registry.measuring.events import ALL
from registry.measuring.metrics import BY_NAME
from registry.measuring.text import heading, is_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from registry.measuring.tuning import Scan

Draw = Callable[[], "Figure"]

COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
"""Can be told apart by everyone (M. Petroff, arXiv:2107.02270), one for each way of clustering."""

MARKERS = "osD^vP"


@contextmanager
def style() -> Iterator[None]:
    """Draw as the field does, without a screen."""
    import matplotlib

    matplotlib.use("agg", force=False)
    # The fonts of the style are looked for in several weights, of which some are missing everywhere.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    import mplhep
    from matplotlib import pyplot

    # Minor ticks are most of the time that a figure takes.
    minor = {f"{axis}tick.minor.visible": False for axis in "xy"} | {"xtick.top": False, "ytick.right": False}
    own = {"figure.autolayout": False, "font.size": 12, "legend.frameon": False, **minor}
    with pyplot.style.context([mplhep.style.ROOT, own]):
        yield


def figures_of(evaluated: Evaluated) -> dict[str, tuple[str, Draw]]:
    """Return what can be drawn: by the name of its file, what it shows and what draws it."""
    found: dict[str, tuple[str, Draw]] = {}
    for name, metric in BY_NAME.items():
        if any(name in curves for method in evaluated.methods for curves in method.curves.values()):
            found[name] = (f"{metric.label}: {metric.description}", _bound(_merit, evaluated, name))
    for column, label in (("response", "predicted over true energy"), ("residual_time", "predicted - true time (ns)")):
        if any(len(_of_found(method, column)) for method in evaluated.methods):
            found[f"{column}_spread"] = (f"{label} of found objects", _bound(_spread, evaluated, column, label))
    if evaluated.network.confusion.size:
        text = "predicted classes of the found objects of each true class, in percent of the true class"
        found["classes"] = (text, _bound(_classes, evaluated.network.confusion))
    for number, method in enumerate(evaluated.methods):
        if method.scan is not None:
            name = "scan" if not number else f"scan_{number}"
            text = f"{method.name}: {method.scan.objective} of the thresholds that were tried on validation events"
            found[name] = (text, _bound(scan_figure, method.scan))
    return found


def event_figures(evaluated: Evaluated) -> dict[str, tuple[str, Draw]]:
    """Return the displays of the worst events, by the name of the file."""
    return {f"event_{event.number}": (_event_text(event), _bound(_event, event)) for event in evaluated.worst}


def _panel(figure: Figure) -> Axes:
    """Return the one panel of a figure, with room for its labels."""
    panel: Axes = figure.subplots()
    figure.subplots_adjust(left=0.16, right=0.96, bottom=0.16, top=0.95)
    return panel


def _bound(draw: Callable[..., Figure], *arguments: object) -> Draw:
    return lambda: draw(*arguments)


def _merit(evaluated: Evaluated, name: str) -> Figure:
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
            _labels(panel, name, variable, title, first=variable == shown[0])
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


def _labels(panel: Axes, name: str, variable: str, sample: str, first: bool) -> None:
    label, unit = VARIABLES[variable]  # type: ignore[index]
    panel.set_xlabel(f"{label} [{unit}]" if unit else label, fontsize=11)
    if variable in ("energy", "pt", "hits"):
        panel.set_xscale("symlog", linthresh=0.1 if variable != "hits" else 1.0)
    if first:
        panel.set_ylabel(heading(name), fontsize=11)
    panel.minorticks_off()
    panel.locator_params(axis="y", nbins=5)
    panel.tick_params(labelsize=9)
    if sample:
        panel.set_title(sample, fontsize=10, loc="right")


def _of_found(method: Method, column: str) -> np.ndarray:
    objects = method.tables.objects
    if not objects:
        return np.zeros(0)
    values = np.asarray(objects[column][objects["found"]], np.float64)
    known: np.ndarray = values[np.isfinite(values)]
    return known


def _spread(evaluated: Evaluated, column: str, label: str) -> Figure:
    """Draw how a quantity of found objects is spread."""
    import mplhep
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 4.2))
    panel = _panel(figure)
    values = {method.name: _of_found(method, column) for method in evaluated.methods}
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


def _classes(confusion: np.ndarray) -> Figure:
    """Draw which classes were taken for which."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 4.2))
    panel = _panel(figure)
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


def scan_figure(scan: Scan) -> Figure:
    """Draw the objective of every setting that was tried, and the one that was chosen."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 4.2))
    panel = _panel(figure)
    tried, values = np.array(scan.tried), np.array(scan.values)
    if tried.shape[1] == 1:
        order = np.argsort(tried[:, 0], kind="stable")
        panel.plot(tried[order, 0], values[order], marker="o", markersize=4, color=COLOURS[0])
        panel.axvline(tried[scan.best, 0], color=COLOURS[2], linewidth=1)
        panel.set_ylabel(scan.objective, fontsize=11)
    else:
        points = panel.scatter(tried[:, 0], tried[:, 1], c=values, cmap="viridis", s=40)
        x, y = tried[scan.best, :2].tolist()
        panel.scatter([x], [y], marker="x", s=90, color=COLOURS[2], label="chosen")
        panel.set_ylabel(scan.names[1].replace("_", " "), fontsize=11)
        figure.colorbar(points, ax=panel, label=scan.objective)
        panel.legend(fontsize=9, loc="upper right")
    panel.set_xlabel(scan.names[0].replace("_", " "), fontsize=11)
    panel.tick_params(labelsize=9)
    return figure


def _event_text(event: Event) -> str:
    objects, showers = event.judged.objects, event.judged.showers
    missed = int((objects["counted"] & ~objects["found"]).sum())
    fakes, merges = int(showers["fake"].sum()), int(showers["merged"].sum())
    return f"{event.name}: {missed} missed, {fakes} fakes, {merges} merges"


def _event(event: Event) -> Figure:
    """Draw an event twice, by true objects and by clusters, with what was missed, fake or merged marked."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 4.4))
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.14, top=0.91, wspace=0.1)
    across, up, labels = _plane(event.coordinates)
    objects, showers = event.judged.objects, event.judged.showers
    missed = objects["object"][objects["counted"] & ~objects["found"]]
    _hits(left, across, up, event.energy, event.truth)
    _mark(left, across, up, event.truth, missed, "missed", COLOURS[2])
    _hits(right, across, up, event.energy, event.assignment)
    for flag, colour in (("fake", COLOURS[2]), ("merged", COLOURS[4])):
        _mark(right, across, up, event.assignment, showers["shower"][showers[flag]], flag, colour)
    for panel, title in ((left, "truth"), (right, "clusters")):
        panel.set_title(title, fontsize=11)
        panel.set_xlabel(labels[0], fontsize=11)
        panel.tick_params(labelsize=9)
        if panel.get_legend_handles_labels()[0]:
            panel.legend(fontsize=9)
    left.set_ylabel(labels[1], fontsize=11)
    return figure


def _plane(coordinates: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[str, str]]:
    """Return the plane that an event is shown in: pseudorapidity and azimuth, or the first two coordinates."""
    if coordinates.shape[1] >= 3:
        x, y, z = np.asarray(coordinates, np.float64)[:, :3].T
        transverse = np.hypot(x, y)
        if len(x) and (transverse > 1e-6 * np.abs(z)).all() and (transverse > 0).all():
            return np.arcsinh(z / transverse), np.arctan2(y, x), ("pseudorapidity", "azimuth [rad]")
    flat = np.zeros((len(coordinates), 2))
    flat[:, : min(2, coordinates.shape[1])] = coordinates[:, :2]
    return flat[:, 0], flat[:, 1], ("x [cm]", "y [cm]")


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
