"""A picture of pixels, twice as fine as a screen's."""

from __future__ import annotations

from collections.abc import Mapping

from registry.drawing.geometry import lay_out
from registry.drawing.png import png
from registry.drawing.scene import Scene
from registry.drawing.styles import Theme


def draw(scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> bytes:
    """Return the picture; the theme "auto" is the light one."""
    return png(lay_out(scene), "dark" if theme == "dark" else "light", marks)
