"""What stands above a picture: the graph's name, its description, and a legend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.drawing.geometry import Geometry
from registry.drawing.text import fitted, text_width
from registry.drawing.theme import LEGENDS

MARGIN = 24.0
HEADER = 74.0
"""Height of the heading."""
NAME_SIZE, NOTE_SIZE = 18.0, 12.0
NAME_LINE, NOTE_LINE, LEGEND_LINE = 16.0, 36.0, 57.5
"""Where the lines of the heading stand: distance of their baselines from its top."""
CHIP = 12.0
CHIP_TOP = 47.0
CHIP_GAP, ENTRY_GAP = 5.0, 16.0
NARROWEST = 420.0


@dataclass(frozen=True)
class Entry:
    """An entry of the legend; `name`: a kind of block, or what a box is marked as."""

    name: str
    meaning: str
    is_mark: bool
    x: float

    @property
    def text_x(self) -> float:
        """Where the words begin, right of the chip."""
        return self.x + CHIP + CHIP_GAP


@dataclass(frozen=True)
class Heading:
    """A heading, laid out; `description` is whole, `note` is cut to the width of the picture."""

    name: str
    description: str
    note: str
    legend: list[Entry]
    width: float


def heading(geometry: Geometry, marks: Mapping[str, str]) -> Heading:
    """Return the heading of a picture; the legend explains the kinds of block and the `marks` of boxes by path."""
    graph = geometry.scene.checked.expanded
    kinds = dict.fromkeys(box.kind for box in geometry.scene.root.boxes())
    words = [(kind, kind, False) for kind in kinds]
    words += [(mark, meaning, True) for mark, meaning in _meanings(marks).items()]
    legend = []
    x = 0.0
    for name, meaning, is_mark in words:
        legend.append(Entry(name, meaning, is_mark, x))
        x = legend[-1].text_x + text_width(meaning, NOTE_SIZE) + ENTRY_GAP
    note = fitted(graph.description, NOTE_SIZE, max(geometry.width, NARROWEST))
    width = max(x, text_width(note, NOTE_SIZE), text_width(graph.name, NAME_SIZE, bold=True))
    return Heading(graph.name, graph.description, note, legend, width)


def _meanings(marks: Mapping[str, str]) -> dict[str, str]:
    used = set(marks.values())
    return next((meanings for meanings in LEGENDS if used & set(meanings)), {})
