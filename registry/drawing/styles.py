"""The style sheet of a picture."""

from __future__ import annotations

from typing import Literal, get_args

from registry.contract.errors import InputError, Problem
from registry.drawing.text import FONT
from registry.drawing.theme import DARK, FAINTNESS, LIGHT, SAME, Paper, Shade

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)

_SHAPES = f"""
text{{font-family:{FONT}}}
.title{{font-size:13px;font-weight:600}}
.block{{font-size:11.5px;font-style:italic}}
.row{{font-size:11px}}
.label text{{font-size:10.5px;text-anchor:middle}}
.frame-title{{font-size:12.5px;font-weight:600}}
.heading{{font-size:18px;font-weight:600}}
.note{{font-size:12px}}
.link{{fill:none;stroke-width:1.3}}
.loop{{stroke-dasharray:5 4}}
.frame>rect{{stroke-width:1.2}}
.box>rect{{stroke-width:1.4}}
.{SAME}{{opacity:{1 - FAINTNESS:.2f}}}
.link.removed{{stroke-dasharray:3 3}}
"""


def check_theme(theme: str) -> None:
    """Raise InputError for a theme that there is not."""
    if theme not in THEMES:
        raise InputError([Problem(f"theme: expected one of {', '.join(THEMES)}, received {theme!r}")])


def sheet(theme: Theme) -> str:
    """Return the style sheet; "auto" follows what the viewer's system prefers."""
    if theme == "auto":
        dark = _colours(DARK, "")
        return f"{_SHAPES}{_colours(LIGHT, '')}@media (prefers-color-scheme: dark){{\n{dark}}}\n"
    return _SHAPES + _colours(DARK if theme == "dark" else LIGHT, "")


def switched_sheet() -> str:
    """Return the style sheet of a page whose root element says `data-theme="light"` or `"dark"`."""
    return _SHAPES + _colours(LIGHT, ":root[data-theme=light] ") + _colours(DARK, ":root[data-theme=dark] ")


def _colours(theme: tuple[Paper, dict[str, Shade]], scope: str) -> str:
    paper, shades = theme
    rules = [
        f"{scope}.paper{{fill:{paper.background}}}",
        f"{scope}.heading,{scope}.frame-title{{fill:{paper.text}}}",
        f"{scope}.note,{scope}.label text{{fill:{paper.faint}}}",
        f"{scope}.label rect{{fill:{paper.background}}}{scope}.inner rect{{fill:{paper.frame}}}",
        f"{scope}.link{{stroke:{paper.line}}}",
        f"{scope}.arrow{{fill:{paper.line}}}",
        f"{scope}.frame>rect{{fill:{paper.frame};stroke:{paper.border}}}",
    ]
    for kind, shade in shades.items():
        rules.append(f"{scope}.{kind}>rect{{fill:{shade.fill};stroke:{shade.line}}}")
        rules.append(f"{scope}.{kind}>.stripe{{fill:{shade.line}}}")
        rules.append(f"{scope}.{kind}>text{{fill:{shade.text}}}")
    for mark, line in paper.marks.items():
        rules.append(f"{scope}.{mark}>rect{{stroke:{line};stroke-width:2.6}}")
        rules.append(f"{scope}.{mark}>.stripe{{fill:{line}}}")
        rules.append(f"{scope}.link.{mark}{{stroke:{line};stroke-width:2.2}}{scope}.{mark}+.arrow{{fill:{line}}}")
    return "\n".join(rules) + "\n"
