"""A page with the picture, to be searched and unfolded; it needs no server."""

from __future__ import annotations

from collections.abc import Mapping

from registry.drawing.geometry import lay_out
from registry.drawing.html import html
from registry.drawing.scene import Scene
from registry.drawing.styles import Theme


def draw(scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> str:
    """Return the page."""
    return html(lay_out(scene), theme, marks, note)
