"""Turns a picture's content into places: rectangles of boxes and frames, routes of lines, places of labels."""

from __future__ import annotations

from dataclasses import dataclass, field

from registry.drawing.labels import ELLIPSIS
from registry.drawing.layers import Layered, arrange
from registry.drawing.levels import split
from registry.drawing.placing import Item, Placed, place
from registry.drawing.routes import Route, routes
from registry.drawing.scene import Box, Container, Scene
from registry.drawing.text import fitted, text_width

TITLE_SIZE, BLOCK_SIZE, ROW_SIZE, LABEL_SIZE, FRAME_SIZE = 13.0, 11.5, 11.0, 10.5, 12.5
LABEL_LINE = 12.5
LINE = 15.0
"""Height of a line of text in a box."""
PADDING = 10.0
NARROWEST, WIDEST = 84.0, 250.0
MOST_ROWS = 7
SIDE, TITLE_BAND, BOTTOM = 16.0, 28.0, 14.0
"""Space between a frame and its content: at the sides, for the title above, below."""
LOOP_LANE = 14.0
PORT_WIDTH = 6.0


@dataclass(frozen=True)
class Text:
    """A line of text in a box, relative to the upper left corner of the box; `y` is the baseline."""

    text: str
    x: float
    y: float
    role: str


@dataclass
class Card:
    """What a box says, and its size."""

    box: Box
    texts: list[Text]
    width: float
    height: float
    cut: list[str]
    """All the words, where not all of them could be written; else nothing."""


@dataclass
class Rectangle:
    """A place in the picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Geometry:
    """A laid-out picture; rectangles by the path of the box or frame."""

    scene: Scene
    width: float
    height: float
    cards: dict[str, Card]
    rectangles: dict[str, Rectangle]
    routes: list[Route] = field(default_factory=list)
    levels: dict[str, Layered] = field(default_factory=dict)
    placed: dict[str, Placed] = field(default_factory=dict)
    shifts: dict[str, float] = field(default_factory=dict)
    """Where the content of a frame begins: its distance from the frame's left edge."""


def lay_out(scene: Scene) -> Geometry:
    """Return the places of everything in a picture."""
    return _Layout(scene).geometry


def card(box: Box) -> Card:
    """Return the words of a box, cut to what fits, and the size they need."""
    styles = ((TITLE_SIZE, "title"), (BLOCK_SIZE, "block"))
    lines = [(head, *style) for head, style in zip(box.heads, styles, strict=False)]
    shown = box.rows if len(box.rows) <= MOST_ROWS else box.rows[: MOST_ROWS - 1]
    lines += [(row, ROW_SIZE, "row") for row in shown]
    if len(shown) < len(box.rows):
        lines.append((f"{ELLIPSIS} {len(box.rows) - len(shown)} more", ROW_SIZE, "row"))
    inner = WIDEST - 2 * PADDING
    texts = []
    width = NARROWEST
    for number, (text, size, role) in enumerate(lines):
        cut = fitted(text, size, inner, bold=role == "title")
        texts.append(Text(cut, PADDING, PADDING + LINE * (number + 0.75), role))
        width = max(width, text_width(cut, size, bold=role == "title") + 2 * PADDING)
    whole = [*box.heads, *box.rows]
    left_out = whole if [text.text for text in texts] != whole else []
    return Card(box, texts, width, LINE * len(lines) + 2 * PADDING - 4, left_out)


def label_size(lines: list[str]) -> tuple[float, float]:
    """Return the width and height of a label."""
    return max(text_width(line, LABEL_SIZE) for line in lines) + 8, LABEL_LINE * len(lines) + 3


class _Layout:
    def __init__(self, scene: Scene) -> None:
        self._levels = {path: arrange(level) for path, level in split(scene).items()}
        self._cards = {box.path: card(box) for box in scene.root.boxes()}
        self._placed: dict[str, Placed] = {}
        self._shifts: dict[str, float] = {}
        self._frames: dict[str, Item] = {}
        self._measure(scene.root)
        root = self._placed[""]
        width = root.width + LOOP_LANE * sum(edge.loop for edge in root.layered.level.edges)
        self.geometry = Geometry(scene, width, root.height, self._cards, {})
        self.geometry.levels, self.geometry.placed, self.geometry.shifts = self._levels, self._placed, self._shifts
        self._settle(scene.root, 0.0, 0.0)

    def _measure(self, container: Container) -> None:
        """Place the content of a container, inner frames first, and note the size of the frame around it."""
        layered = self._levels[container.path]
        for child in container.children:
            if isinstance(child, Container):
                self._measure(child)
        items = {item: self._item(item, layered) for layer in layered.layers for item in layer}
        placed = self._placed[container.path] = place(layered, items)
        if container.path:
            self._frames[container.path] = self._frame(container, placed)

    def _item(self, item: str, layered: Layered) -> Item:
        if item in self._cards:
            return Item(self._cards[item].width, self._cards[item].height)
        if item in self._frames:
            frame = self._frames[item]
            return Item(frame.width, frame.height, ports=frame.ports)
        if item in layered.labels:
            return Item(*label_size(layered.labels[item]), slim=True)
        return Item(PORT_WIDTH, 0.0, slim=True)

    def _frame(self, container: Container, placed: Placed) -> Item:
        level = placed.layered.level
        title = text_width(container.title, FRAME_SIZE, bold=True) + 34
        # Lines enter from above: the content is moved to the right, if need be, so that none crosses the title.
        entries = [placed.items[entry].x for entry in level.entries]
        shift = self._shifts[container.path] = max(SIDE, title - min(entries, default=title))
        loops = sum(edge.loop for edge in level.edges)
        width = max(shift + placed.width + SIDE + LOOP_LANE * loops, title + SIDE)
        ports = {port: shift + placed.items[port].x - width / 2 for port in [*level.entries, *level.exits]}
        return Item(width, placed.height + TITLE_BAND + BOTTOM, ports=ports)

    def _settle(self, container: Container, x: float, y: float) -> None:
        """Give the content of a container, whose upper left corner is (x, y), its place in the picture."""
        placed = self._placed[container.path]
        for child in container.children:
            item = placed.items[child.path]
            rectangle = Rectangle(x + item.x - item.width / 2, y + item.y, item.width, item.height)
            self.geometry.rectangles[child.path] = rectangle
            if isinstance(child, Container):
                self._settle(child, rectangle.x + self._shifts[child.path], rectangle.y + TITLE_BAND)
        outer = self.geometry.rectangles.get(container.path, Rectangle(0, 0, self.geometry.width, self.geometry.height))
        border = (outer.y, outer.y + outer.height, outer.x + outer.width)
        self.geometry.routes += routes(placed, x, y, border)
