"""Graphviz' text."""

from __future__ import annotations

from collections.abc import Mapping

from registry.drawing.dot import dot
from registry.drawing.scene import Scene
from registry.drawing.styles import Theme


def draw(scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> str:
    """Return the text."""
    return dot(scene, marks)
