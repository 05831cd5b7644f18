"""Draws an event's hits in a learned space."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from registry.contract.figures import Cloud
from registry.contract.monitor import Findings, Moment, MonitorContext, Observation, by_event

NOISE = (0.6, 0.6, 0.6, 1.0)
SMALLEST, LARGEST = 6.0, 60.0
"""Areas of the markers, in square points."""


class CoordinatePlots:
    """Draws the fixed validation event at every record and at the end; `max_panels` windows of dimensions at most."""

    moments: tuple[Moment, ...] = ("record", "end")

    def __init__(self, node: str, max_panels: int = 4) -> None:
        self._node, self._max_panels = node, max_panels

    def look(self, context: MonitorContext) -> Findings:
        """Draw the event as the network sees it now."""
        coordinates, size, truth = event_columns(context.observe_fixed_event())
        title = f"{self._node}   step {context.step}   {len(truth)} hits, {len(np.unique(truth[truth >= 0]))} objects"
        figure = draw(coordinates, size, truth, title, self._max_panels)
        context.folder.mkdir(parents=True, exist_ok=True)
        path = context.folder / f"{self._node}_{context.step:06d}.png"
        save(figure, path)
        return Findings(files=[path], figures={"space": cloud(coordinates, size, truth)})


def event_columns(observation: Observation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coordinates [hits, dimensions], size [hits] and truth index [hits] of the first event observed."""
    values = observation.values
    row_splits = np.asarray(values["row_splits"]).reshape(-1)
    coordinates = by_event(np.asarray(values["coordinates"]), row_splits)[0]
    truth = by_event(np.asarray(values["truth_index"]).reshape(-1), row_splits)[0]
    if "size" in values:
        return coordinates, by_event(np.asarray(values["size"]).reshape(-1), row_splits)[0], truth
    return coordinates, np.ones(len(truth)), truth


def cloud(coordinates: np.ndarray, size: np.ndarray, truth_index: np.ndarray) -> Cloud:
    """Return the same hits as a figure that can be turned."""
    truth = truth_index.astype(np.int64)
    return Cloud({"space": coordinates}, {"true object": truth}, np.nan_to_num(size), noise="true object")


def draw(
    coordinates: np.ndarray, size: np.ndarray, truth_index: np.ndarray, title: str = "", max_panels: int = 4
) -> Figure:
    """Return a picture of hits [hits, dimensions], one panel for each three consecutive dimensions.

    `size`: [hits], any positive scale; `truth_index`: [hits], below 0 is noise. Hits that are not finite are left out.
    """
    seen = np.isfinite(coordinates).all(axis=1)
    coordinates, size, truth_index = coordinates[seen], size[seen], truth_index[seen]
    panels = windows(coordinates.shape[1])[:max_panels]
    figure = Figure(figsize=(4.8 * len(panels), 4.8), layout="constrained")
    hidden = int((~seen).sum())
    figure.suptitle(title + (f"   ({hidden} hits are not finite)" if hidden else ""), fontsize=9)
    # Noise first: what belongs to objects is drawn over it.
    order = np.argsort(truth_index >= 0, kind="stable")
    colours, areas = object_colours(truth_index)[order], marker_areas(size)[order]
    for number, window in enumerate(panels, start=1):
        flat = len(window) < 3
        axes = figure.add_subplot(1, len(panels), number, projection=None if flat else "3d")
        points: list[Any] = [coordinates[order, dimension] for dimension in window]
        if len(window) == 1:
            points.append(np.zeros(len(order)))
        style: dict[str, Any] = {"s": areas, "c": colours, "linewidths": 0, "alpha": 0.8}
        axes.scatter(*points, **style)
        if not flat:
            # Zoomed out a little, or the label of the third axis lies outside the picture.
            axes.set_box_aspect(None, zoom=0.85)  # type: ignore[call-arg]
        _label(axes, window)
    return figure


def windows(dimensions: int) -> list[tuple[int, ...]]:
    """Return the dimensions of every panel: each three consecutive ones, or all where there are fewer."""
    if dimensions < 3:
        return [tuple(range(dimensions))]
    return [(first, first + 1, first + 2) for first in range(dimensions - 2)]


def object_colours(truth_index: np.ndarray) -> np.ndarray:
    """Return the colour of each hit, [hits, 4]: the same in every picture, near indices far apart, noise grey."""
    colours = np.tile(NOISE, (len(truth_index), 1))
    real = truth_index >= 0
    # Steps of the golden ratio along the hues keep any number of objects apart.
    hue = (truth_index[real] * 0.6180339887) % 1.0
    colours[real] = colormaps["gist_rainbow"](hue)
    return colours


def marker_areas(size: np.ndarray) -> np.ndarray:
    """Return the area of each marker: grows with the root of `size`, up to its 95 % quantile."""
    positive = np.where(np.isfinite(size) & (size > 0), size, 0.0)
    top = float(np.quantile(positive, 0.95)) if len(positive) else 0.0
    scale = np.sqrt(np.clip(positive / top, 0, 1)) if top > 0 else np.zeros(len(positive))
    return SMALLEST + (LARGEST - SMALLEST) * scale


def save(figure: Figure, path: Path) -> None:
    """Write a picture as PNG, without a window system."""
    FigureCanvasAgg(figure).print_png(path)


def _label(axes: Axes, window: tuple[int, ...]) -> None:
    for dimension, axis in zip(window, "xyz", strict=False):
        getattr(axes, f"set_{axis}label")(f"dimension {dimension}", fontsize=8)
    axes.tick_params(labelsize=6)
