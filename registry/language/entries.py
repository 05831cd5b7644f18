"""What an entry under `blocks:` may say: a node, a loop or a sub-graph, and the keys of each."""

from __future__ import annotations

import re
from typing import Literal

from registry.errors import Problems, did_you_mean
from registry.language.value import Value

EntryKind = Literal["node", "loop", "sub-graph"]

KEYS: dict[EntryKind, tuple[str, ...]] = {
    "node": ("use", "in", "with", "weights", "when", "otherwise"),
    "loop": ("repeat", "as", "index", "carry", "blocks", "next", "when", "otherwise"),
    "sub-graph": ("graph", "in", "with", "weights", "trainable", "when", "otherwise"),
}
"""The keys of each kind of entry."""

_DECIDING: dict[str, EntryKind] = {"use": "node", "repeat": "loop", "graph": "sub-graph"}
_NAME = re.compile(r"[A-Za-z_][\w-]*$")


def kind_of(name: str, entry: Value, path: str, problems: Problems) -> EntryKind | None:
    """Return what kind of entry this is; None if it is none (reported)."""
    if not _NAME.match(name):
        message = f"{name!r} is no name for a node: letters, digits, '_' and '-', a letter first"
        problems.error(message, entry.origin, path)
        return None
    if not isinstance(entry.data, dict):
        received = f"{entry.plain()!r} ({type(entry.plain()).__name__})"
        hint = "write `name: {use: dense_loop, in: x, with: {units: [64]}}`"
        problems.error(f"expected a node as a mapping, received {received}", entry.origin, path, hint)
        return None
    decided = [key for key in _DECIDING if key in entry.data]
    if len(decided) != 1:
        found = f"received {' and '.join(repr(key) for key in decided)}" if decided else "received none of them"
        near = "" if decided else next((hint for key in entry.data if (hint := did_you_mean(key, _DECIDING))), "")
        message = f"expected one of the keys 'use', 'repeat', 'graph', {found}"
        problems.error(
            message, entry.origin, path, near or "`use` names a block, `repeat` makes a loop, `graph` includes a file"
        )
        return None
    kind = _DECIDING[decided[0]]
    _report_unknown_keys(entry, kind, path, problems)
    return kind


def _report_unknown_keys(entry: Value, kind: EntryKind, path: str, problems: Problems) -> None:
    assert isinstance(entry.data, dict)
    for key in entry.data:
        if key not in KEYS[kind]:
            hint = did_you_mean(key, KEYS[kind]) or f"a {kind} has: {', '.join(KEYS[kind])}"
            if kind == "node" and not did_you_mean(key, KEYS[kind]):
                hint += "; parameters of the block stand under `with:`"
            problems.error(f"a {kind} has no key {key!r}", entry.keys[key], path, hint)


def mapping_of(entry: Value, key: str, path: str, problems: Problems) -> dict[str, Value]:
    """Return the mapping under a key; empty if there is none, or if it is something else (reported)."""
    assert isinstance(entry.data, dict)
    value = entry.data.get(key)
    if value is None or value.data is None:
        return {}
    if not isinstance(value.data, dict):
        received = f"{value.plain()!r} ({type(value.plain()).__name__})"
        problems.error(f"`{key}`: expected a mapping of names to references, received {received}", value.origin, path)
        return {}
    return value.data


def text_of(entry: Value, key: str, path: str, problems: Problems) -> str:
    """Return the text under a key; empty if there is none, or if it is something else (reported)."""
    assert isinstance(entry.data, dict)
    value = entry.data.get(key)
    if value is None:
        return ""
    if not isinstance(value.data, str):
        received = f"{value.plain()!r} ({type(value.plain()).__name__})"
        problems.error(f"`{key}`: expected text, received {received}", value.origin, path)
        return ""
    return value.data
