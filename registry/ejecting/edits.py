"""Changes of a text: parts of it are replaced, all at once, by their places in the text as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """What takes the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str = ""


def apply(text: str, start: int, end: int, edits: Iterable[Edit]) -> str:
    """Return a part of a text with the edits that lie in it; of those that lie inside another one, the outer counts."""
    parts, place = [], start
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if edit.start < place or edit.end > end:
            continue
        parts += [text[place : edit.start], edit.text]
        place = edit.end
    return "".join([*parts, text[place:end]])


def whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a part of a text that is widened to whole lines, the empty lines in front of it included."""
    first = text.rfind("\n", 0, start) + 1
    while first > 1 and text[first - 2 : first] == "\n\n":
        first -= 1
    last = text.find("\n", end)
    return first, len(text) if last < 0 else last + 1
