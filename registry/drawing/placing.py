"""Gives every item of a level its place: layers from top to bottom, lines as straight as the order in them allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import networkx as nx
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from registry.drawing.layers import Layered

GAP = 26.0
"""Distance between two boxes side by side."""
LINE_GAP = 14.0
"""Distance between a line and what is beside it."""
LAYER_GAP = 14.0
"""Distance between two layers."""
STRAIGHT = (1.0, 2.0, 8.0)
"""Weight of the bend of a line between two boxes, a box and a bend, two bends (as in the layouts of Graphviz)."""
COMPACT = 0.02
"""Weight of the width of the picture, against that of one bend."""


@dataclass
class Item:
    """The size of an item, its horizontal centre and its top, within the level; `slim`: a bend, a label or a port."""

    width: float
    height: float
    slim: bool = False
    ports: Mapping[str, float] = field(default_factory=dict)
    """Where lines enter and leave a frame: horizontal distance from its centre, by port."""
    x: float = 0.0
    y: float = 0.0


@dataclass
class Placed:
    """A level with the place of every item, within a rectangle from (0, 0) to (width, height)."""

    layered: Layered
    items: dict[str, Item]
    tops: list[float]
    heights: list[float]
    width: float
    height: float


def place(layered: Layered, items: dict[str, Item]) -> Placed:
    """Place the items, whose sizes are given."""
    tops, heights = [], []
    y = 0.0
    for layer in layered.layers:
        height = max(items[item].height for item in layer)
        for item in layer:
            items[item].y = y + (height - items[item].height) / 2
        tops.append(y)
        heights.append(height)
        y += height + LAYER_GAP
    if items:
        _place_across(layered, items)
    left = min((item.x - item.width / 2 for item in items.values()), default=0.0)
    for placed in items.values():
        placed.x -= left
    width = max((item.x + item.width / 2 for item in items.values()), default=0.0)
    return Placed(layered, items, tops, heights, width, max(0.0, y - LAYER_GAP))


def _place_across(layered: Layered, items: dict[str, Item]) -> None:
    """Choose the horizontal places: a linear program that minimises the weighted sideways run of all lines.

    Unknowns: the places of the columns, the run of every step, and the right edge. Neighbours keep their distance.
    """
    columns = _columns(layered)
    number = {column: index for index, column in enumerate(dict.fromkeys(columns.values()))}
    place = {item: number[column] for item, column in columns.items()}
    steps = [step for step in layered.steps if place[step[0]] != place[step[2]]]
    edge = len(number) + len(steps)
    rows = _Rows(edge + 1)
    for (left, right), distance in _distances(layered, items, place).items():
        rows.add({left: 1, right: -1}, -distance)
    for layer in layered.layers:
        rows.add({place[layer[-1]]: 1, edge: -1}, -items[layer[-1]].width / 2)
    for index, (upper, upper_port, lower, lower_port) in enumerate(steps, len(number)):
        shift = items[upper].ports.get(upper_port, 0.0) - items[lower].ports.get(lower_port, 0.0)
        rows.add({place[upper]: 1, place[lower]: -1, index: -1}, -shift)
        rows.add({place[upper]: -1, place[lower]: 1, index: -1}, shift)
    weights = [STRAIGHT[items[upper].slim + items[lower].slim] for upper, _, lower, _ in steps]
    cost = np.array([0.0] * len(number) + weights + [COMPACT])
    lowest = [0.0] * (edge + 1)
    for item, column in place.items():
        lowest[column] = max(lowest[column], items[item].width / 2)
    bounds = [(bound, None) for bound in lowest]
    solution = linprog(cost, A_ub=rows.matrix(), b_ub=rows.limits, bounds=bounds, method="highs")
    for item, column in place.items():
        items[item].x = float(solution.x[column])


def _columns(layered: Layered) -> dict[str, str]:
    """Return which items stand exactly below each other: the bends of a long line, unless lines cross one another."""
    columns = {item: layered.lanes.get(item, item) for layer in layered.layers for item in layer}
    while True:
        order = nx.DiGraph()
        for layer in layered.layers:
            order.add_edges_from((columns[left], columns[right]) for left, right in pairwise(layer))
        circles = [part for part in nx.strongly_connected_components(order) if len(part) > 1]
        if not circles:
            return columns
        crossing = set().union(*circles)
        columns = {item: item if column in crossing else column for item, column in columns.items()}


def _distances(layered: Layered, items: dict[str, Item], place: dict[str, int]) -> dict[tuple[int, int], float]:
    """Return the distance that each pair of neighbouring columns has to keep."""
    found: dict[tuple[int, int], float] = {}
    for layer in layered.layers:
        for left, right in pairwise(layer):
            pair = (place[left], place[right])
            found[pair] = max(found.get(pair, 0.0), _distance(items[left], items[right]))
    return found


def _distance(left: Item, right: Item) -> float:
    gap = LINE_GAP if left.slim or right.slim else GAP
    return (left.width + right.width) / 2 + gap


class _Rows:
    """Inequalities, each a sum of unknowns with factors that may not exceed a limit."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._places: list[tuple[int, int]] = []
        self._factors: list[float] = []
        self.limits: list[float] = []

    def add(self, factors: Mapping[int, float], limit: float) -> None:
        self._places += [(len(self.limits), column) for column in factors]
        self._factors += factors.values()
        self.limits.append(limit)

    def matrix(self) -> csr_matrix:
        rows, columns = zip(*self._places, strict=True)
        return csr_matrix((self._factors, (rows, columns)), shape=(len(self.limits), self._columns))
