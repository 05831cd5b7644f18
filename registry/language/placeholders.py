"""Finds `${...}` in a text: nested, with `$${` for a literal `${`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from registry.contract.records import record
from registry.language.value import Value

_NAME = re.compile(r"(?<!\$)\$\{([\w.-]+)")
_USE = re.compile(r"\buse:\s*[\"']?([\w.]+)")
_BRACE = re.compile("[{}]")
_BEGUN = re.compile(r"\$\{([^\s{}]+)")


@record
class Placeholder:
    """`${inner}` in a text, from `start` to `stop`."""

    inner: str
    start: int
    stop: int


class Unclosed(Exception):
    """A `${` without its `}`."""


def placeholders(text: str) -> list[Placeholder]:
    """Return the outermost placeholders of a text; raise Unclosed for one that does not end."""
    found: list[Placeholder] = []
    position = 0
    while (start := text.find("${", position)) >= 0:
        if start > 0 and text[start - 1] == "$":
            position = start + 2
            continue
        stop = _closing_brace(text, start + 2)
        found.append(Placeholder(text[start + 2 : stop], start, stop + 1))
        position = stop + 1
    return found


def named_in(text: str) -> set[str]:
    """Return every name in the placeholders of a file, those that do not end or stand in a faulty part included."""
    return {name for path in _BEGUN.findall(text) for name in re.split(r"[.\[\]]", path)}


def used_in(text: str) -> set[str]:
    """Return every block that a file uses, in faulty parts too."""
    return set(_USE.findall(text))


def _closing_brace(text: str, start: int) -> int:
    depth = 1
    for brace in _BRACE.finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.start()
    raise Unclosed(text[start - 2 :])


def unescape(text: str) -> str:
    """Return a text with `$${` turned into `${`."""
    return text.replace("$${", "${")


def pieces(text: str, found: list[Placeholder]) -> Iterator[str | Placeholder]:
    """Yield the literal texts and the placeholders of a text, in order."""
    position = 0
    for item in found:
        if item.start > position:
            yield text[position : item.start]
        yield item
        position = item.stop
    if position < len(text):
        yield text[position:]


def mentioned(value: Value) -> set[str]:
    """Return the options that the placeholders in a value name, "Section.key"; of nested ones every part."""
    if isinstance(value.data, str):
        return {name.rstrip(".") for name in _NAME.findall(value.data)}
    return {name for key, item in value.items() for name in (*_NAME.findall(key), *mentioned(item))}
