"""Shows a place in a file: its line, and a caret under it."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from registry.contract.secrets import veiled

WIDTH = 160
"""A line longer than this is shown around the place only."""


def excerpt(file: str, number: int, column: int, length: int) -> list[str]:
    """Return a line of a file with its number, and a caret under `length` characters from `column` on.

    Asterisks stand for passwords. Nothing is returned for line 0, or where the file cannot be read.
    """
    if not number:
        return []
    try:
        text = Path(file).read_text(encoding="utf-8-sig", errors="replace")
        line = veiled(text.splitlines()[number - 1])
    except (OSError, IndexError):
        return []
    start = column - 1
    first = 0 if len(line) <= WIDTH else max(0, start - WIDTH // 2)
    before, behind = line[first:start], line[start : first + WIDTH]
    left, right = "..." if first else "", "..." if first + WIDTH < len(line) else ""
    caret = "^" * max(1, _columns(behind[:length]))
    margin = f"{number:>6} | "
    return [
        f"{margin}{left}{before}{behind}{right}",
        " " * (len(margin) - 2) + "| " + " " * len(left) + _blank(before) + caret,
    ]


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text fills."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(bool(unicodedata.combining(character)) for character in text)


def _blank(text: str) -> str:
    """Return white space as wide as a text. A tab, as wide as the terminal makes it, stays one."""
    return "\t".join(" " * _columns(part) for part in text.split("\t"))
