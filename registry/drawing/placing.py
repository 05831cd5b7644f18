"""Gives every item of a level its place: layers from top to bottom, lines as straight as the order in them allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

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

    Unknowns: the places of the items, the run of every step, and the right edge. Neighbours keep their distance.
    """
    number = {item: index for index, item in enumerate(items)}
    steps = layered.steps
    count = len(items) + len(steps) + 1
    edge = count - 1
    rows = _Rows(count)
    for layer in layered.layers:
        for left, right in pairwise(layer):
            rows.add({number[left]: 1, number[right]: -1}, -_distance(items[left], items[right]))
        rows.add({number[layer[-1]]: 1, edge: -1}, -items[layer[-1]].width / 2)
    for index, (upper, upper_port, lower, lower_port) in enumerate(steps, len(items)):
        shift = items[upper].ports.get(upper_port, 0.0) - items[lower].ports.get(lower_port, 0.0)
        rows.add({number[upper]: 1, number[lower]: -1, index: -1}, -shift)
        rows.add({number[upper]: -1, number[lower]: 1, index: -1}, shift)
    weights = [STRAIGHT[items[upper].slim + items[lower].slim] for upper, _, lower, _ in steps]
    cost = np.array([0.0] * len(items) + weights + [COMPACT])
    lower_bounds = [item.width / 2 for item in items.values()] + [0.0] * (len(steps) + 1)
    bounds = [(bound, None) for bound in lower_bounds]
    solution = linprog(cost, A_ub=rows.matrix(), b_ub=rows.limits, bounds=bounds, method="highs")
    for placed, x in zip(items.values(), solution.x, strict=False):
        placed.x = float(x)


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
