"""Draws a laid-out picture as PNG with matplotlib, so that no other program is needed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path

from registry.drawing.geometry import (
    BLOCK_SIZE,
    FRAME_SIZE,
    LABEL_LINE,
    LABEL_SIZE,
    ROW_SIZE,
    TITLE_SIZE,
    Geometry,
    Rectangle,
    label_size,
)
from registry.drawing.routes import Route
from registry.drawing.svg import CHIP, HEADER, MARGIN
from registry.drawing.text import text_width
from registry.drawing.theme import DARK, LIGHT

SCALE = 2.0
"""Pixels of the picture per unit of the layout."""
LARGEST = 12_000.0
"""Longest side in pixels; larger pictures are scaled down to it."""
_INCH = 72.0
_STEPS = {"M": Path.MOVETO, "L": Path.LINETO, "Q": Path.CURVE3, "C": Path.CURVE4}
_FONTS = {"title": (TITLE_SIZE, "bold", "normal"), "block": (BLOCK_SIZE, "normal", "italic")}
_ROW = (ROW_SIZE, "normal", "normal")


def png(
    geometry: Geometry, theme: Literal["light", "dark"] = "light", changes: Mapping[str, str] | None = None
) -> bytes:
    """Return the picture as a PNG file; `changes` as in `svg`."""
    return _Painter(geometry, theme, changes or {}).paint()


class _Painter:
    def __init__(self, geometry: Geometry, theme: str, changes: Mapping[str, str]) -> None:
        self._geometry, self._changes = geometry, changes
        self._paper, self._shades = DARK if theme == "dark" else LIGHT
        self._kinds = dict.fromkeys(box.kind for box in geometry.scene.root.boxes())
        legend = sum(CHIP + 21 + text_width(kind, 12) for kind in self._kinds)
        graph = geometry.scene.wiring.graph
        self._width = max(geometry.width, legend, text_width(graph.description, 12), 200) + 2 * MARGIN
        self._height = geometry.height + HEADER + 2 * MARGIN
        # One unit of the layout is one point of the figure, so that fonts have the sizes the layout counted on.
        self._figure = Figure(figsize=(self._width / _INCH, self._height / _INCH), facecolor=self._paper.background)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(-MARGIN, self._width - MARGIN)
        self._axes.set_ylim(self._height - MARGIN - HEADER, -MARGIN - HEADER)
        self._axes.axis("off")

    def paint(self) -> bytes:
        """Draw everything, and return the file."""
        self._heading()
        for frame in self._geometry.scene.root.containers():
            self._frame(self._geometry.rectangles[frame.path], frame.title)
        for route in self._geometry.routes:
            self._line(route)
        for path in self._geometry.cards:
            self._box(path)
        for route in self._geometry.routes:
            if route.label:
                self._label(route)
        scale = min(SCALE, LARGEST / max(self._width, self._height))
        stream = io.BytesIO()
        FigureCanvasAgg(self._figure)
        self._figure.savefig(stream, format="png", dpi=_INCH * scale)
        return stream.getvalue()

    def _heading(self) -> None:
        graph = self._geometry.scene.wiring.graph
        self._text(graph.name, 0, 16 - HEADER, 18, self._paper.text, weight="bold")
        self._text(graph.description, 0, 36 - HEADER, 12, self._paper.faint)
        x = 0.0
        for kind in self._kinds:
            shade = self._shades[kind]
            self._rectangle(Rectangle(x, 47 - HEADER, CHIP, CHIP), shade.fill, shade.line, 1.4, 3)
            self._text(kind, x + CHIP + 5, 57.5 - HEADER, 12, self._paper.faint)
            x += CHIP + 21 + text_width(kind, 12)

    def _frame(self, place: Rectangle, title: str) -> None:
        self._rectangle(place, self._paper.frame, self._paper.border, 1.2, 8)
        self._text(title, place.x + 14, place.y + FRAME_SIZE + 6, FRAME_SIZE, self._paper.text, weight="bold")

    def _box(self, path: str) -> None:
        card, place = self._geometry.cards[path], self._geometry.rectangles[path]
        shade = self._shades[card.box.kind]
        line = self._paper.changes.get(self._changes.get(path, ""), "")
        self._rectangle(place, shade.fill, line or shade.line, 2.6 if line else 1.4, 6)
        self._rectangle(Rectangle(place.x, place.y, 4, place.height), line or shade.line, "none", 0, 2)
        for text in card.texts:
            size, weight, style = _FONTS.get(text.role, _ROW)
            self._text(text.text, place.x + text.x, place.y + text.y, size, shade.text, weight=weight, style=style)

    def _line(self, route: Route) -> None:
        strokes = route.strokes()
        points = [point for _, ends in strokes for point in ends]
        steps = [_STEPS[command] for command, ends in strokes for _ in ends]
        dashes = (0, (4, 3)) if route.corners else "solid"
        line = self._paper.line
        self._axes.add_patch(
            PathPatch(Path(points, steps), fill=False, edgecolor=line, linewidth=1.3, linestyle=dashes)
        )
        if route.arrow:
            x, _, y = route.stops[-1]
            self._axes.add_patch(Polygon([(x, y), (x - 4, y - 7), (x + 4, y - 7)], facecolor=line, edgecolor="none"))

    def _label(self, route: Route) -> None:
        width, height = label_size(route.label)
        x, y = route.label_at
        place = Rectangle(x - width / 2, y - height / 2, width, height)
        self._rectangle(place, self._paper.background, "none", 0, 3)
        for row, line in enumerate(route.label):
            baseline = place.y + LABEL_LINE * (row + 0.85)
            self._text(line, x, baseline, LABEL_SIZE, self._paper.faint, align="center")

    def _rectangle(self, place: Rectangle, fill: str, line: str, width: float, radius: float) -> None:
        shape = f"round,pad=0,rounding_size={min(radius, place.width / 2, place.height / 2)}"
        self._axes.add_patch(
            FancyBboxPatch(
                (place.x, place.y),
                place.width,
                place.height,
                boxstyle=shape,
                facecolor=fill,
                edgecolor=line,
                linewidth=width,
            )
        )

    def _text(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        colour: str,
        weight: str = "normal",
        style: str = "normal",
        align: Literal["left", "center"] = "left",
    ) -> None:
        # A dollar sign would start a formula.
        escaped = text.replace("$", r"\$")
        self._axes.text(x, y, escaped, fontsize=size, color=colour, fontweight=weight, fontstyle=style, ha=align)
