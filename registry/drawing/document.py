"""What pages that work offline have in common: their colours, tables, and data for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from registry.drawing.theme import DARK, LIGHT, SERIES, Paper


def colours() -> str:
    """Return the style sheet's variables for light and dark paper.

    The root element may say `data-theme="light"` or `"dark"`; else they follow what the viewer's system prefers.
    """
    light, dark = (
        _variables(LIGHT[0], "#2563eb", "#b45309", "light"),
        _variables(DARK[0], "#60a5fa", "#fbbf24", "dark"),
    )
    series = "".join(f"--series-{number}:{colour};" for number, colour in enumerate(SERIES))
    preferred = f"@media (prefers-color-scheme: dark) {{:root:not([data-theme=light]){{{dark}}}}}"
    return f":root{{{series}{light}}}\n{preferred}\n:root[data-theme=dark]{{{dark}}}\n"


def _variables(paper: Paper, accent: str, warn: str, scheme: str) -> str:
    named = {
        "paper": paper.background,
        "text": paper.text,
        "faint": paper.faint,
        "edge": paper.border,
        "raised": paper.frame,
        "accent": accent,
        "warn": warn,
        "bad": paper.marks["hot"],
        "good": paper.marks["added"],
    }
    return f"color-scheme:{scheme};" + "".join(f"--{name}:{colour};" for name, colour in named.items())


def html_page(title: str, style: str, body: str, theme: str = "auto") -> str:
    """Return a page as HTML, for light and dark paper, wide and narrow windows; `title` is plain text."""
    return (
        f'<!DOCTYPE html>\n<html lang="en" data-theme="{theme}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{colours()}{style}</style>\n</head>\n"
        f"<body>\n{body.strip()}\n</body>\n</html>\n"
    )


def filled(template: str, parts: Mapping[str, str]) -> str:
    """Return a text with its parts in the places `{{name}}`, put there all at once: none is looked for in them."""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def script_json(value: Any) -> str:
    """Return JSON that can stand in a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")


def table(names: Sequence[str], rows: Iterable[Sequence[str]], best: bool = False) -> str:
    """Return a table that scrolls by itself where the page is narrow; `best`: the first row is marked."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    cells = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    lines = [f"<tr>{row}</tr>" for row in cells]
    if best and cells:
        lines[0] = f'<tr class="best">{cells[0]}</tr>'
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def made_by(command: str) -> str:
    """Return the command that makes a part of the page again, to be unfolded."""
    return f"<details><summary>the command that makes it</summary><pre><code>{escape(command)}</code></pre></details>"
