"""A picture that scales."""

from __future__ import annotations

from collections.abc import Mapping

from registry.drawing.geometry import lay_out
from registry.drawing.scene import Scene
from registry.drawing.styles import Theme
from registry.drawing.svg import svg


def draw(scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> str:
    """Return the picture."""
    return svg(lay_out(scene), theme, marks)
