"""Mermaid's text, which pages of repositories show as a picture."""

from __future__ import annotations

from collections.abc import Mapping

from registry.drawing.mermaid import mermaid_scene
from registry.drawing.scene import Scene
from registry.drawing.styles import Theme


def draw(scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> str:
    """Return the text."""
    return mermaid_scene(scene, marks)
