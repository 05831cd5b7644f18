"""YAML values of which every part remembers where it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.errors import Origin

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar, a list or a mapping read from YAML; `keys` holds where each key of a mapping was written."""

    data: Scalar | list[Value] | dict[str, Value]
    origin: Origin
    keys: Mapping[str, Origin] = field(default_factory=dict)

    def plain(self) -> Any:
        """Return the value as ordinary lists, dicts and scalars."""
        if isinstance(self.data, dict):
            return {key: item.plain() for key, item in self.data.items()}
        if isinstance(self.data, list):
            return [item.plain() for item in self.data]
        return self.data

    def nearest(self, path: Sequence[str | int]) -> Value:
        """Follow `path` as far as it exists, and return the value reached."""
        value = self
        for step in path:
            inner = value.data
            if isinstance(inner, dict) and str(step) in inner:
                value = inner[str(step)]
            elif isinstance(inner, list) and isinstance(step, int) and step < len(inner):
                value = inner[step]
            else:
                break
        return value

    def key_origin(self, path: Sequence[str | int]) -> Origin:
        """Return where the last key of `path` was written; where the path does not exist, the nearest place."""
        parent = self.nearest(path[:-1])
        return parent.keys.get(str(path[-1]), parent.origin) if path else self.origin


def empty_mapping(origin: Origin) -> Value:
    """Return a mapping without entries."""
    return Value({}, origin)
