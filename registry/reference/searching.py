"""Finds blocks by words in what they say of themselves, and by the axes of their ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from registry.contract.axes import parse_pattern
from registry.contract.block import Block
from registry.reference.describe import docstring
from registry.reference.parameters import describe_parameters

Groups = Mapping[str, list[type[Block]]]
"""Blocks by kind."""


def chosen(groups: Groups, search: str = "", axis: str = "") -> dict[str, list[type[Block]]]:
    """Return the blocks that have all words of `search`, in any case, and a port on an axis, where one is named.

    Words are looked for in name, description, ports and parameters.
    """
    words = search.casefold().split()
    found: dict[str, list[type[Block]]] = {}
    for kind, blocks in groups.items():
        kept = [block for block in blocks if (not axis or axis in axes_of(block)) and _has(block, words)]
        if kept:
            found[kind] = kept
    return found


def axes_of(block: type[Block]) -> set[str]:
    """Return the axes that the ports of a block have or point into, parameters among them: "hits", "events", "K"."""
    found: set[str] = set()
    for port in (*block.inputs, *block.outputs):
        if port.pattern not in ("", "..."):
            parsed = parse_pattern(port.pattern)
            found |= {token.name or token.param for token in parsed.tokens} | {parsed.target or ""}
    return found - {""}


def _has(block: type[Block], words: list[str]) -> bool:
    if not words:
        return True
    text = "\n".join(_texts(block)).casefold()
    return all(word in text for word in words)


def _texts(block: type[Block]) -> Iterator[str]:
    yield from (block.name, block.kind, docstring(block))
    for port in (*block.inputs, *block.outputs):
        yield f"{port.name} {port.description}"
    for entry in describe_parameters(block.Params):
        yield f"{entry.name} {entry.description}"
