"""Turns nested parameters into flat names and texts."""

from __future__ import annotations

import json
from collections.abc import Mapping


def flatten(value: object, name: str = "") -> dict[str, str]:
    """Return the leaves of a nested value as texts by dotted name, "Section.key.sub".

    Lists of mappings (or of lists) are numbered, "Training.0.epochs"; a list of scalars is one leaf, "[64, 64]".
    """
    if isinstance(value, Mapping) and value:
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping | list | tuple) for item in value):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        return {name: as_text(value)}
    flat: dict[str, str] = {}
    for key, item in items:
        flat |= flatten(item, f"{name}.{key}" if name else key)
    return flat


def as_text(value: object) -> str:
    """Return a leaf as YAML would spell it: true, null, 0.001, [64, 64], and strings as they are."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value)
    except TypeError:
        return str(value)
