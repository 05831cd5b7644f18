"""What an entry under `blocks:` may say: a node, a loop or a sub-graph, and the keys of each."""

from __future__ import annotations

import re
from typing import Literal

from registry.contract.errors import Origin, Problems
from registry.contract.spelling import did_you_mean
from registry.language.value import Value, as_meant

EntryKind = Literal["node", "loop", "sub-graph"]

KEYS: dict[EntryKind, tuple[str, ...]] = {
    "node": ("use", "in", "with", "weights", "when", "otherwise"),
    "loop": ("repeat", "as", "index", "carry", "blocks", "next", "when", "otherwise"),
    "sub-graph": ("graph", "in", "with", "weights", "trainable", "when", "otherwise"),
}
"""The keys of each kind of entry."""

_DECIDING: dict[str, EntryKind] = {"use": "node", "repeat": "loop", "graph": "sub-graph"}
_ALL_KEYS = tuple(dict.fromkeys(key for keys in KEYS.values() for key in keys))
_NAME = re.compile(r"[A-Za-z][\w-]*\Z", re.ASCII)

LONGEST = 100
"""A name of more characters than this is a mistake: names become parts of file names."""


def read_entry(name: str, entry: Value, path: str, place: Origin, problems: Problems) -> tuple[EntryKind, Value] | None:
    """Return what kind of entry this is, and the entry with misspelt keys (reported) as they were meant.

    None if it is no entry at all (reported). `place`: where its name was written.
    """
    if not check_name(name, "a node", place, path, problems):
        return None
    if not isinstance(entry.data, dict):
        hint = "write `name: {use: dense_loop, in: x, with: {units: [64]}}`"
        problems.error(f"expected a node as a mapping, received {entry.received()}", entry.origin, path, hint)
        return None
    decided = [key for key in _DECIDING if key in as_meant(entry, _ALL_KEYS).keys]
    if len(decided) != 1:
        found = f"received {' and '.join(repr(key) for key in decided)}" if decided else "received none of them"
        message = f"expected one of the keys 'use', 'repeat', 'graph', {found}"
        hint = "`use` names a block, `repeat` makes a loop, `graph` includes a file"
        problems.error(message, entry.origin, path, hint)
        return None
    kind = _DECIDING[decided[0]]
    if kind == "node" and _is_file(entry):
        # A graph's file is a block like others.
        kind, entry = "sub-graph", _renamed(entry, "use", "graph")
    _report_unknown_keys(entry, kind, path, problems)
    meant = as_meant(entry, KEYS[kind])
    if kind == "node":
        meant = _with_strays(meant)
    if "otherwise" in meant.keys and "when" not in meant.keys:
        problems.error("`otherwise` without `when`: it is never used", meant.keys["otherwise"], path)
    return kind, meant


def _is_file(entry: Value) -> bool:
    """Say whether `use` names a graph's file."""
    named = entry.mapping["use"].data if "use" in entry.mapping else None
    return isinstance(named, str) and named.endswith((".yaml", ".yml"))


def _renamed(entry: Value, old: str, new: str) -> Value:
    """Return an entry with a key under another name."""
    data = {new if key == old else key: value for key, value in entry.mapping.items()}
    return Value(data, entry.origin, {new if key == old else key: place for key, place in entry.keys.items()})


def check_name(name: str, meaning: str, place: Origin, node: str, problems: Problems) -> bool:
    """Say whether a text can be the name of `meaning`, and report one that cannot.

    Nodes become names of Keras layers, which are ASCII and begin with a letter; what refers to them is made of names.
    """
    if not _NAME.match(name):
        hint = "accents and other letters than a-z and A-Z are none here" if not name.isascii() else ""
        message = f"{name!r} is no name for {meaning}: letters, digits, '_' and '-', a letter first"
        problems.error(message, place, node, hint)
    elif len(name) > LONGEST:
        message = f"the name of {meaning} has {len(name)} characters, expected {LONGEST} at most"
        problems.error(message, place, node)
    return bool(_NAME.match(name)) and len(name) <= LONGEST


def _report_unknown_keys(entry: Value, kind: EntryKind, path: str, problems: Problems) -> None:
    for key in entry.mapping:
        if key not in KEYS[kind]:
            hint = f"a {kind} has: {', '.join(KEYS[kind])}"
            hint += "; parameters of the block stand under `with:`" if kind == "node" else ""
            hint = did_you_mean(key, KEYS[kind]) or hint
            problems.settle(f"a {kind} has no key {key!r}", entry.keys[key], hint, path)


def _with_strays(entry: Value) -> Value:
    """Return a node in which parameters that stand beside `with` (which has been reported) stand in it."""
    strays = {key: item for key, item in entry.mapping.items() if key not in KEYS["node"]}
    params = entry.mapping.get("with", Value({}, entry.origin))
    if not strays or not isinstance(params.data, dict):
        return entry
    keys = {key: entry.keys[key] for key in strays}
    inside = Value({**strays, **params.data}, params.origin, {**keys, **params.keys})
    return Value({**entry.mapping, "with": inside}, entry.origin, {**entry.keys, "with": entry.origin})


def mapping_of(entry: Value, key: str, path: str, problems: Problems) -> dict[str, Value]:
    """Return the mapping under a key; empty if there is none, or if it is something else (reported)."""
    value = entry.mapping.get(key)
    if value is None or value.data is None:
        return {}
    if not isinstance(value.data, dict):
        problems.error(
            f"`{key}`: expected a mapping of names to references, received {value.received()}", value.origin, path
        )
        return {}
    return value.data


def text_of(entry: Value, key: str, path: str, problems: Problems) -> str:
    """Return the text under a key; empty if there is none, or if it is something else (reported)."""
    value = entry.mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value.data, str):
        problems.error(f"`{key}`: expected text, received {value.received()}", value.origin, path)
        return ""
    return value.data
