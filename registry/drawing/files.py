"""Writes a picture in the form that the ending of the file's name says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from registry.drawing.dot import dot
from registry.drawing.geometry import lay_out
from registry.drawing.html import html
from registry.drawing.mermaid import mermaid_scene
from registry.drawing.scene import Scene
from registry.drawing.styles import Theme
from registry.drawing.svg import svg
from registry.errors import InputError, Problem
from registry.reference.writing import write_file

Drawer = Callable[[Scene, Theme, Mapping[str, str], str], str | bytes]


def _png(scene: Scene, theme: Theme, changes: Mapping[str, str]) -> bytes:
    # matplotlib takes longer to import than the other forms take to be drawn.
    from registry.drawing.png import png

    return png(lay_out(scene), "dark" if theme == "dark" else "light", changes)


FORMS: dict[str, Drawer] = {
    ".html": lambda scene, theme, changes, note: html(lay_out(scene), theme, changes, note),
    ".svg": lambda scene, theme, changes, note: svg(lay_out(scene), theme, changes),
    ".png": lambda scene, theme, changes, note: _png(scene, theme, changes),
    ".mmd": lambda scene, theme, changes, note: mermaid_scene(scene),
    ".dot": lambda scene, theme, changes, note: dot(scene),
}


def form_of(name: str) -> str:
    """Return the ending that chooses the form; raise InputError if no picture is drawn in it."""
    ending = Path(name).suffix.lower()
    if ending not in FORMS:
        message = f"{name}: expected a file name that ends in {', '.join(FORMS)}, received {ending or 'no ending'!r}"
        raise InputError([Problem(message)])
    return ending


def draw(
    scene: Scene, name: str, theme: Theme = "auto", changes: Mapping[str, str] | None = None, note: str = ""
) -> None:
    """Draw a picture into a file; `changes` of boxes by their paths, `note` for the panel of an HTML page."""
    drawn = FORMS[form_of(name)](scene, theme, changes or {}, note)
    write_file(name, drawn)
