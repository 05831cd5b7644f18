"""The names that columns have once they are written, and the description of data that goes with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from registry.plugins.loaders.description.columns import columns_of
from registry.plugins.loaders.description.options import TableParams

PLACES = frozenset(
    (
        *("file", "published", "table", "collections", "row_splits", "event", "objects", "contributions"),
        *("object_filter", "missing", "memory", "cache", "workers"),
    )
)
"""Parameters that say where columns are, and are answered once they are written."""


class Names:
    """What columns are called where only letters, digits and `_` are allowed; `made`: names of columns that are new."""

    def __init__(self, hits: Sequence[str], events: Sequence[str], made: Sequence[str]) -> None:
        self._taken: set[str] = set()
        own = [*hits, *(name.removeprefix("events/") for name in events)]
        self._taken.update(name for name in own if _plain(name) == name)
        self.hits = {name: self._name(name) for name in hits}
        self.events = {name: self._name(name.removeprefix("events/")) for name in events}
        self.hits |= {name: self._free(name) for name in made}

    def _name(self, name: str) -> str:
        return name if _plain(name) == name else self._free(_plain(name))

    def _free(self, name: str) -> str:
        number, found = 1, name
        while found in self._taken:
            number += 1
            found = f"{name}_{number}"
        self._taken.add(found)
        return found


def _plain(name: str) -> str:
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "column"
    return f"column_{plain}" if plain[0].isdigit() else name if re.fullmatch(r"\w+", name, re.ASCII) else plain


def described(params: TableParams, names: Names, event_column: str, ids: str) -> dict[str, Any]:
    """Return what describes the columns under their new names, but for where they are.

    `ids`: the new column of the hits' objects, if there is one.
    """
    new = dict(names.hits)
    of_events = {name: event_column.format(own) for name, own in names.events.items()}
    own = params.model_dump(exclude=set(PLACES))
    written = {*new, *of_events, *params.used()}
    own["units"] = {name: unit for name, unit in params.units.items() if name in written}
    fields = TableParams.model_fields
    defaults = TableParams.model_construct(
        **{name: field.get_default(call_default_factory=True) for name, field in fields.items() if name != "columns"}
    )
    made: dict[str, Any] = {}
    for name, value in own.items():
        if name not in fields or (name != "columns" and value == _dumped(getattr(defaults, name))):
            continue
        both = {**new, **of_events} if name != "event_filter" else of_events | new
        made[name] = _renamed(value, both)
    made["columns"] = {name: value for name, value in made["columns"].items() if value is not None}
    if ids:
        made["columns"]["truth_index"] = new[ids]
        made["noise_ids"] = [-1]
    return made


def _dumped(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else value


def _renamed(value: Any, new: Mapping[str, str]) -> Any:
    """Return plain values with every column, and every expression of columns, under its new name."""
    if isinstance(value, Mapping):
        return {_text(key, new): _renamed(item, new) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(item, new) for item in value]
    return _text(value, new) if isinstance(value, str) else value


def _text(text: str, new: Mapping[str, str]) -> str:
    if text in new:
        return new[text]
    changed = {name: new[name] for name in _columns(text) if new.get(name, name) != name}
    if not changed:
        return text
    # The longest first: `photons.time` before `photons.t`.
    for name in sorted(changed, key=len, reverse=True):
        text = re.sub(rf"`{re.escape(name)}`|(?<![\w.]){re.escape(name)}(?![\w.])", changed[name], text)
    return text


def _columns(text: str) -> Iterable[str]:
    return columns_of(text) if re.search(r"\w", text) else ()
