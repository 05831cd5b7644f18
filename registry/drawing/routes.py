"""Draws the lines of a placed level: straight down past the items of a layer, curved between two layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from registry.drawing.levels import Edge
from registry.drawing.placing import LAYER_GAP, Placed

Point = tuple[float, float]
Stroke = tuple[str, list[Point]]
SPREAD = 14.0
"""Distance between two lines that end at one box."""
LANE = 10.0
CORNER = 6.0


@dataclass
class Route:
    """A line: `stops` are (x, top, bottom) of its straight parts, `label_at` is the middle of its label."""

    edge: Edge
    level: str
    stops: list[tuple[float, float, float]]
    arrow: bool
    label: list[str] = field(default_factory=list)
    label_at: Point = (0.0, 0.0)
    corners: list[Point] | None = None
    """The corners of a loop along the side of a frame; it has no stops."""
    lane: int = 0
    """Which lane along the side of the frame a loop takes, from 1."""
    end_shift: float = 0.0
    """How far from the middle of its target the line ends, where that is a box."""

    def strokes(self) -> list[Stroke]:
        """Return the line as strokes: M (start), L (straight), Q and C (curves) with their points."""
        if self.corners is not None:
            return _rounded(self.corners)
        x, top, bottom = self.stops[0]
        strokes: list[Stroke] = [("M", [(x, top)]), ("L", [(x, bottom)])]
        for (x0, _, y0), (x1, y1, end) in pairwise(self.stops):
            middle = (y0 + y1) / 2
            if abs(x0 - x1) < 0.5:
                strokes.append(("L", [(x1, y1)]))
            else:
                strokes.append(("C", [(x0, middle), (x1, middle), (x1, y1)]))
            if end > y1:
                strokes.append(("L", [(x1, end)]))
        return strokes

    def path(self) -> str:
        """Return the line as an SVG path."""
        return "".join(
            command + " ".join(f"{_short(x)} {_short(y)}" for x, y in points) for command, points in self.strokes()
        )


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _rounded(corners: list[Point]) -> list[Stroke]:
    strokes: list[Stroke] = [("M", [corners[0]])]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        strokes += [("L", [_towards(corner, before)]), ("Q", [corner, _towards(corner, after)])]
    return [*strokes, ("L", [corners[-1]])]


def _towards(start: Point, end: Point) -> Point:
    """Return the point one corner radius from `start` on the way to `end`."""
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1e-9)
    step = min(CORNER, length / 2) / length
    return start[0] + (end[0] - start[0]) * step, start[1] + (end[1] - start[1]) * step


def rounded_rectangle(x: float, y: float, width: float, height: float, radius: float) -> list[Stroke]:
    """Return the outline of a rectangle with round corners, from its upper left corner."""
    r = min(radius, width / 2, height / 2)
    right, bottom = x + width, y + height
    sides: list[tuple[Point, Point, Point]] = [
        ((right - r, y), (right, y), (right, y + r)),
        ((right, bottom - r), (right, bottom), (right - r, bottom)),
        ((x + r, bottom), (x, bottom), (x, bottom - r)),
        ((x, y + r), (x, y), (x + r, y)),
    ]
    strokes: list[Stroke] = [("M", [(x + r, y)])]
    for end, corner, after in sides:
        strokes += [("L", [end]), ("Q", [corner, after])]
    return strokes


def routes(placed: Placed, x: float, y: float, border: tuple[float, float, float]) -> list[Route]:
    """Return the lines of a level whose content lies at (x, y); `border`: the frame's upper, lower and right edge."""
    return _Router(placed, x, y, border).run()


class _Router:
    def __init__(self, placed: Placed, x: float, y: float, border: tuple[float, float, float]) -> None:
        self._placed, self._x, self._y = placed, x, y
        self._upper, self._lower, self._right = border
        self._level = placed.layered.level
        self._layer = {item: index for index, layer in enumerate(placed.layered.layers) for item in layer}
        self._ends = self._spread_ends()

    def run(self) -> list[Route]:
        found = []
        loops = 0
        for edge in self._level.edges:
            if edge.loop:
                loops += 1
                found.append(self._loop(edge, loops))
            else:
                found.append(self._line(edge))
        return found

    def _spread_ends(self) -> dict[int, float]:
        """Return how far from a box's middle each line ends: side by side, in the order the lines come in."""
        items = self._placed.items
        incoming: dict[str, list[Edge]] = {}
        for edge in self._level.edges:
            if not edge.loop and not edge.target_port and not items[edge.target].slim:
                incoming.setdefault(edge.target, []).append(edge)
        ends = {}
        for target, edges in incoming.items():
            edges.sort(key=lambda edge: items[edge.via[-1]].x)
            step = min(SPREAD, (items[target].width - 24) / len(edges))
            for index, edge in enumerate(edges):
                ends[id(edge)] = (index - (len(edges) - 1) / 2) * step
        return ends

    def _line(self, edge: Edge) -> Route:
        first, last = self._start(edge), self._end(edge)
        stops = [first, *(self._through(item) for item in edge.via), last]
        arrow = not edge.target_port and edge.target not in self._level.exits
        end = edge.via[-1]
        label = self._placed.layered.labels.get(end, [])
        x, top, bottom = self._through(end)
        shift = self._ends.get(id(edge), 0.0)
        return Route(edge, self._level.container.path, stops, arrow, label, (x, (top + bottom) / 2), end_shift=shift)

    def _through(self, item: str) -> tuple[float, float, float]:
        layer = self._layer[item]
        top = self._y + self._placed.tops[layer]
        return self._x + self._placed.items[item].x, top, top + self._placed.heights[layer]

    def _start(self, edge: Edge) -> tuple[float, float, float]:
        x, top, bottom = self._through(edge.source)
        item = self._placed.items[edge.source]
        if edge.source in self._level.entries:
            return x, top if _carried(edge.source) else self._upper, bottom
        return x + item.ports.get(edge.source_port, 0.0), self._y + item.y + item.height, bottom

    def _end(self, edge: Edge) -> tuple[float, float, float]:
        x, top, bottom = self._through(edge.target)
        item = self._placed.items[edge.target]
        if edge.target in self._level.exits:
            return x, top, bottom if _carried(edge.target) else self._lower
        shift = item.ports.get(edge.target_port, 0.0) if edge.target_port else self._ends.get(id(edge), 0.0)
        return x + shift, top, self._y + item.y

    def _loop(self, edge: Edge, number: int) -> Route:
        """Lead a line from the lower to the upper end of a frame, along its right side."""
        start_x, start_y, below = self._start(edge)
        end_x, above, end_y = self._end(edge)
        lane = self._right - LANE * number
        low, high = below + LAYER_GAP / 2, above - LAYER_GAP / 2
        corners = [(start_x, start_y), (start_x, low), (lane, low), (lane, high), (end_x, high), (end_x, end_y)]
        return Route(edge, self._level.container.path, [], False, corners=corners, lane=number)


def _carried(port: str) -> bool:
    return ">next>" in port or ">last>" in port
