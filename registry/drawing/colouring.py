"""Ways to colour the drawing of a graph by what was measured of its nodes, to be chosen on the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from registry.drawing.scene import Box, Scene


@dataclass(frozen=True)
class Colouring:
    """A way to colour nodes.

    `name`: as it is chosen; `text`: what it shows, in a sentence; `values`: of nodes by path, not negative, shown with
    their `unit`; `texts`: what is said of a node beside, where there is more room; `together`: how passes of a loop
    that are one box are taken together; `scale`: how a value becomes a depth of colour, "share" of the largest one,
    "decades" below the largest one, or "mark" for all the same.
    """

    name: str
    text: str
    values: Mapping[str, float]
    texts: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    together: Literal["sum", "norm", "max"] = "sum"
    scale: Literal["share", "decades", "mark"] = "share"

    def plain(self, scene: Scene) -> dict[str, Any]:
        """Return of every box that has a value the depth of colour, 0 to 1, a short and a whole text, for JSON."""
        found = {box.path: value for box in scene.root.boxes() if (value := self._of(box)) is not None}
        top = max(found.values(), default=0.0)
        said = {
            box.path: dict.fromkeys(self.texts[path] for path in _paths(box) if path in self.texts)
            for box in scene.root.boxes()
        }
        boxes = {
            path: [round(self._depth(value, top), 3), short, "; ".join(said[path]) or short]
            for path, value in found.items()
            for short in [self.name if self.scale == "mark" else f"{value:.3g}{self.unit}"]
        }
        return {"name": self.name, "text": self.text, "boxes": boxes}

    def _of(self, box: Box) -> float | None:
        own = [self.values[path] for path in _paths(box) if path in self.values]
        own = [value for value in own if math.isfinite(value)]
        if not own:
            return None
        if self.together == "norm":
            return math.hypot(*own)
        return sum(own) if self.together == "sum" else max(own)

    def _depth(self, value: float, top: float) -> float:
        if self.scale == "mark":
            return 1.0
        if not top or not value:
            return 0.0
        return value / top if self.scale == "share" else max(0.0, 1 + math.log10(value / top) / DECADES)


DECADES = 4.0
"""Orders of magnitude below the largest value at which the colour ends."""


def _paths(box: Box) -> Iterable[str]:
    return [member.written.path for member in box.members]
