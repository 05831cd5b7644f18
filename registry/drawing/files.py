"""Writes a picture in the form that the ending of the file's name says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from registry.console.files import write_file
from registry.contract.errors import InputError, Problem
from registry.drawing.dot import dot
from registry.drawing.mermaid import mermaid_scene
from registry.drawing.scene import Scene
from registry.drawing.styles import Theme

Drawer = Callable[[Scene, Theme, Mapping[str, str], str], str | bytes]


def _html(scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> str:
    from registry.drawing.geometry import lay_out
    from registry.drawing.html import html

    return html(lay_out(scene), theme, marks, note)


def _svg(scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> str:
    from registry.drawing.geometry import lay_out
    from registry.drawing.svg import svg

    return svg(lay_out(scene), theme, marks)


def _png(scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> bytes:
    from registry.drawing.geometry import lay_out
    from registry.drawing.png import png

    return png(lay_out(scene), "dark" if theme == "dark" else "light", marks)


FORMS: dict[str, Drawer] = {
    ".html": _html,
    ".svg": _svg,
    ".png": _png,
    ".mmd": lambda scene, theme, marks, note: mermaid_scene(scene, marks),
    ".dot": lambda scene, theme, marks, note: dot(scene, marks),
}
"""Each form imports what it needs: the layout, and matplotlib, take longer to import than other forms to be drawn."""


def form_of(name: str) -> str:
    """Return the ending that chooses the form; raise InputError if no picture is drawn in it."""
    ending = Path(name).suffix.lower()
    if ending not in FORMS:
        message = f"{name}: expected a file name that ends in {', '.join(FORMS)}, received {ending or 'no ending'!r}"
        raise InputError([Problem(message)])
    return ending


def draw(
    scene: Scene, name: str, theme: Theme = "auto", marks: Mapping[str, str] | None = None, note: str = ""
) -> None:
    """Draw a picture into a file; `marks` of boxes by their paths, `note` for the panel of an HTML page."""
    drawn = FORMS[form_of(name)](scene, theme, marks or {}, note)
    write_file(name, drawn)
