"""Writes a picture in the format that the ending of the file's name says."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from registry.console.discovery import imported, with_entry_points
from registry.console.files import write_file
from registry.contract.errors import InputError, Problem
from registry.drawing import formats
from registry.drawing.scene import Scene
from registry.drawing.styles import Theme, check_theme

GROUP = "registry.drawings"
"""The group of entry points under which other packages add formats, `ending = package.module`."""


class Draw(Protocol):
    """What the module of a format defines under the name `draw`."""

    def __call__(self, scene: Scene, theme: Theme, marks: Mapping[str, str], note: str) -> str | bytes:
        """Return a file's content; `marks`: "added", "hot", ... by the path of a box, `note`: a text beside it."""
        ...


@cache
def endings() -> dict[str, str]:
    """Return the module of every format by the ending of its files; it is imported when a picture is drawn in it.

    Raises InputError for an ending that is given twice.
    """
    own = {item.name: f"{formats.__name__}.{item.name}" for item in pkgutil.iter_modules(formats.__path__)}
    return {f".{name}": module for name, module in with_entry_points(GROUP, own).items()}


def form_of(name: str) -> str:
    """Return the ending that chooses the format; raise InputError if no picture is drawn in it."""
    ending = Path(name).suffix.lower()
    if ending not in endings():
        message = (
            f"{name}: expected a file name that ends in {', '.join(endings())}, received {ending or 'no ending'!r}"
        )
        raise InputError([Problem(message)])
    return ending


def draw(
    scene: Scene, name: str, theme: Theme = "auto", marks: Mapping[str, str] | None = None, note: str = ""
) -> None:
    """Draw a picture into a file; `marks` of boxes by their paths, `note` for the panel of an HTML page.

    Raises InputError for an unknown ending or theme and for a file that cannot be written, RunError for a format of
    another package that cannot be imported.
    """
    check_theme(theme)
    ending = form_of(name)
    drawing: Draw = imported(endings()[ending], f"the drawing format {ending!r}").draw
    write_file(name, drawing(scene, theme, marks or {}, note))
