"""Draws a laid-out picture as PNG: shapes with matplotlib's renderer, words with Pillow; no other program is needed.

Figures and axes of matplotlib would take ten times as long.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import matplotlib
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D
from PIL import Image, ImageDraw, ImageFont

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
from registry.drawing.heading import (
    CHIP,
    CHIP_TOP,
    HEADER,
    LEGEND_LINE,
    MARGIN,
    NAME_LINE,
    NAME_SIZE,
    NOTE_LINE,
    NOTE_SIZE,
    heading,
)
from registry.drawing.routes import Route, Stroke, rounded_rectangle
from registry.drawing.styling import shade_of
from registry.drawing.theme import DARK, LIGHT, mixed

SCALE = 2.0
"""Pixels of the picture per unit of the layout."""
LARGEST = 12e6
"""Most pixels of a picture; larger ones are scaled down."""
_FONT_FILES = {"bold": "DejaVuSans-Bold.ttf", "italic": "DejaVuSans-Oblique.ttf", "normal": "DejaVuSans.ttf"}
_FONTS = {"title": (TITLE_SIZE, "bold"), "block": (BLOCK_SIZE, "italic"), "row": (ROW_SIZE, "normal")}
_STEPS = {"M": Outline.MOVETO, "L": Outline.LINETO, "Q": Outline.CURVE3, "C": Outline.CURVE4}


class _Words(NamedTuple):
    text: str
    x: float
    y: float
    size: float
    colour: str
    style: str = "normal"
    anchor: str = "ls"
    """Pillow's: on the baseline, from the left or around the middle."""


def png(geometry: Geometry, theme: Literal["light", "dark"] = "light", marks: Mapping[str, str] | None = None) -> bytes:
    """Return the picture as a PNG file; `marks` as in `svg`."""
    return _Painter(geometry, theme, marks or {}).paint()


class _Painter:
    def __init__(self, geometry: Geometry, theme: str, marks: Mapping[str, str]) -> None:
        self._geometry, self._marks = geometry, marks
        self._paper, self._shades = DARK if theme == "dark" else LIGHT
        self._head = heading(geometry, marks)
        width = max(geometry.width, self._head.width) + 2 * MARGIN
        height = geometry.height + HEADER + 2 * MARGIN
        self._scale = min(SCALE, (LARGEST / (width * height)) ** 0.5)
        self._size = (round(width * self._scale), round(height * self._scale))
        self._renderer = RendererAgg(*self._size, dpi=72)  # type: ignore[no-untyped-call]
        # The renderer counts upwards from the lower left corner.
        self._place = Affine2D().translate(MARGIN, MARGIN + HEADER).scale(self._scale, -self._scale)
        self._place.translate(0, self._size[1])
        self._words: list[_Words] = []

    def paint(self) -> bytes:
        """Draw everything, and return the file."""
        whole = Rectangle(-MARGIN, -MARGIN - HEADER, self._size[0] / self._scale, self._size[1] / self._scale)
        self._rectangle(whole, self._paper.background, "", 0, 0)
        self._heading()
        for frame in self._geometry.scene.root.containers():
            self._frame(self._geometry.rectangles[frame.path], frame.title)
        for route in self._geometry.routes:
            self._route(route)
        for path in self._geometry.cards:
            self._box(path)
        for route in self._geometry.routes:
            if route.label:
                self._label(route)
        return self._file()

    def _file(self) -> bytes:
        shapes = Image.frombuffer("RGBA", self._size, self._renderer.buffer_rgba(), "raw", "RGBA", 0, 1)  # type: ignore[no-untyped-call]
        picture = shapes.convert("RGB")
        pen = ImageDraw.Draw(picture)
        for words in self._words:
            place = ((words.x + MARGIN) * self._scale, (words.y + MARGIN + HEADER) * self._scale)
            font = _font(words.style, words.size * self._scale)
            pen.text(place, words.text, fill=words.colour, font=font, anchor=words.anchor)
        stream = io.BytesIO()
        picture.save(stream, "PNG", compress_level=1)
        return stream.getvalue()

    def _heading(self) -> None:
        head, paper = self._head, self._paper
        self._words.append(_Words(head.name, 0, NAME_LINE - HEADER, NAME_SIZE, paper.text, "bold"))
        self._words.append(_Words(head.note, 0, NOTE_LINE - HEADER, NOTE_SIZE, paper.faint))
        for entry in head.legend:
            chip = Rectangle(entry.x, CHIP_TOP - HEADER, CHIP, CHIP)
            if entry.is_mark:
                self._rectangle(chip, "", paper.marks[entry.name], 2.6, 3)
            else:
                self._rectangle(chip, self._shades[entry.name].fill, self._shades[entry.name].line, 1.4, 3)
            self._words.append(_Words(entry.meaning, entry.text_x, LEGEND_LINE - HEADER, NOTE_SIZE, paper.faint))

    def _frame(self, place: Rectangle, title: str) -> None:
        self._rectangle(place, self._paper.frame, self._paper.border, 1.2, 8)
        x, y = place.x + 14, place.y + FRAME_SIZE + 6
        self._words.append(_Words(title, x, y, FRAME_SIZE, self._paper.text, "bold"))

    def _box(self, path: str) -> None:
        card, place = self._geometry.cards[path], self._geometry.rectangles[path]
        mark = self._marks.get(path, "")
        fill, line, text = mixed(shade_of(card.box.style, self._shades[card.box.kind]), self._paper, mark)
        marked = self._paper.marks.get(mark, "")
        self._rectangle(place, fill, marked or line, 2.6 if marked else 1.4, 6)
        self._rectangle(Rectangle(place.x, place.y, 4, place.height), marked or line, "", 0, 2)
        for words in card.texts:
            size, style = _FONTS[words.role]
            self._words.append(_Words(words.text, place.x + words.x, place.y + words.y, size, text, style))

    def _route(self, route: Route) -> None:
        marked = self._paper.marks.get(route.edge.change, "")
        line = marked or self._paper.line
        dashes = (5.0, 4.0) if route.corners else (3.0, 3.0) if route.edge.change == "removed" else ()
        self._draw(route.strokes(), "", line, 2.2 if marked else 1.3, dashes)
        if route.arrow:
            x, _, y = route.stops[-1]
            self._draw([("M", [(x, y)]), ("L", [(x - 4, y - 7)]), ("L", [(x + 4, y - 7)])], line, "", 0)

    def _label(self, route: Route) -> None:
        width, height = label_size(route.label)
        x, y = route.label_at
        place = Rectangle(x - width / 2, y - height / 2, width, height)
        self._rectangle(place, self._paper.frame if route.level else self._paper.background, "", 0, 3)
        for row, line in enumerate(route.label):
            baseline = place.y + LABEL_LINE * (row + 0.85)
            self._words.append(_Words(line, x, baseline, LABEL_SIZE, self._paper.faint, anchor="ms"))

    def _rectangle(self, place: Rectangle, fill: str, line: str, width: float, radius: float) -> None:
        self._draw(rounded_rectangle(place.x, place.y, place.width, place.height, radius), fill, line, width)

    def _draw(self, strokes: list[Stroke], fill: str, line: str, width: float, dashes: tuple[float, ...] = ()) -> None:
        """Draw an outline, filled and with a line around it; an empty colour leaves either out."""
        points = [point for _, ends in strokes for point in ends]
        steps = [_STEPS[command] for command, ends in strokes for _ in ends]
        pen = self._renderer.new_gc()
        pen.set_linewidth(width * self._scale if line else 0)
        pen.set_foreground(to_rgba(line or fill), isRGBA=True)
        if dashes:
            pen.set_dashes(0, [length * self._scale for length in dashes])
        self._renderer.draw_path(pen, Outline(points, steps), self._place, to_rgba(fill) if fill else None)  # type: ignore[no-untyped-call]


@cache
def _font(style: str, size: float) -> ImageFont.FreeTypeFont:
    """Return the font that the layout counts with, which matplotlib brings along."""
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / _FONT_FILES[style], size)
