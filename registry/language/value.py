"""YAML values of which every part remembers where it was written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from registry.contract.errors import Origin
from registry.contract.records import record
from registry.contract.secrets import shown_settings
from registry.contract.spelling import nearest_word

Scalar = str | int | float | bool | None

SHOWN = 80
"""A received value longer than this is shortened in a message."""

SURELY = 0.75
"""Words of this similarity (0 to 1) or more are the same word, misspelt."""


@record
class Value:
    """A scalar, a list or a mapping read from YAML; `keys` holds where each key of a mapping was written.

    `named`: how a text is shown and logged that came from the environment, "${env:TOKEN}"; empty for all others.
    `repeated`: an alias in the same file stands for it.
    """

    data: Scalar | list[Value] | dict[str, Value]
    origin: Origin
    keys: Mapping[str, Origin] = field(default_factory=dict)
    named: str = ""
    repeated: bool = False

    @property
    def mapping(self) -> dict[str, Value]:
        """The entries of a mapping; raises TypeError for anything else."""
        if not isinstance(self.data, dict):
            raise TypeError(f"{self.origin}: expected a mapping, received {self.received()}")
        return self.data

    def items(self) -> Iterator[tuple[str, Value]]:
        """Yield the entries of a mapping, or those of a list by their numbers; nothing for a scalar."""
        if isinstance(self.data, dict):
            yield from self.data.items()
        elif isinstance(self.data, list):
            yield from ((str(index), item) for index, item in enumerate(self.data))

    def plain(self) -> Any:
        """Return the value as ordinary lists, dicts and scalars."""
        if isinstance(self.data, dict):
            return {key: item.plain() for key, item in self.data.items()}
        if isinstance(self.data, list):
            return [item.plain() for item in self.data]
        return self.data

    def shown(self) -> Any:
        """Return the value as it is shown and logged: what came from the environment by its name, no passwords."""
        return shown_settings(self._named())

    def _named(self) -> Any:
        if isinstance(self.data, dict):
            return {key: item._named() for key, item in self.data.items()}
        if isinstance(self.data, list):
            return [item._named() for item in self.data]
        return self.named or self.data

    def received(self) -> str:
        """Return the value as messages show what was received: with its type, shortened."""
        if self.data is None:
            return "nothing (null)"
        text = repr(self._named())
        return f"{text if len(text) <= SHOWN else text[: SHOWN - 3] + '...'} ({type(self.plain()).__name__})"

    def used_at(self, place: Origin) -> Value:
        """Return the value with `place` noted in every part of it as what used it."""
        keys = {key: origin.used_at(place) for key, origin in self.keys.items()}
        if isinstance(self.data, dict):
            entries = {key: item.used_at(place) for key, item in self.data.items()}
            return Value(entries, self.origin.used_at(place), keys)
        if isinstance(self.data, list):
            return Value([item.used_at(place) for item in self.data], self.origin.used_at(place))
        return Value(self.data, self.origin.used_at(place), named=self.named)

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


def named_texts(value: Value) -> Iterator[tuple[str, str]]:
    """Yield the texts that came from the environment, with how each is shown."""
    if isinstance(value.data, dict | list):
        for item in value.data.values() if isinstance(value.data, dict) else value.data:
            yield from named_texts(item)
    elif value.named:
        yield str(value.data), value.named


def repeated_options(value: Value, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the options that an alias in the same file stands for, "Section.key"."""
    if value.repeated:
        yield ".".join(path)
    for key, item in value.items():
        yield from repeated_options(item, (*path, key))


def with_names(plain: Any, written: Value | None, names: Sequence[tuple[str, str]]) -> Any:
    """Return parameters as they are shown: those that were written as `${env:NAME}` stand as that.

    `plain`: the parameters after all defaults, `written`: what was written of them; `names`: the texts of the
    environment in it, for parameters that were computed from one.
    """
    if written is not None and written.named:
        return written.named
    if isinstance(plain, dict):
        inner = written.data if written is not None and isinstance(written.data, dict) else {}
        return {key: with_names(item, inner.get(key), names) for key, item in plain.items()}
    if isinstance(plain, list):
        items = written.data if written is not None and isinstance(written.data, list) else []
        alike = len(items) == len(plain)
        return [with_names(item, items[index] if alike else None, names) for index, item in enumerate(plain)]
    if isinstance(plain, str):
        return next((name for text, name in names if text == plain), plain)
    return plain


def value_of(data: Any, origin: Origin) -> Value:
    """Return plain lists, mappings and scalars as a value of which every part was written at `origin`."""
    if isinstance(data, dict):
        entries = {str(key): value_of(item, origin) for key, item in data.items()}
        return Value(entries, origin, dict.fromkeys(entries, origin))
    if isinstance(data, list):
        return Value([value_of(item, origin) for item in data], origin)
    return Value(data, origin)


def as_meant(value: Value, known: Collection[str]) -> Value:
    """Return a mapping with every misspelt key taken for the `known` one it is near to, unless that one is there too.

    The mistake is reported elsewhere: so what stands under the key can still be checked.
    """
    meant = {key: nearest_word(key, known, SURELY) for key in value.mapping if key not in known}
    if not meant:
        return value
    names = {key: near for key, near in meant.items() if near and near not in value.mapping}
    entries = {names.get(key, key): item for key, item in value.mapping.items()}
    return Value(entries, value.origin, {names.get(key, key): place for key, place in value.keys.items()})


def empty_mapping(origin: Origin) -> Value:
    """Return a mapping without entries."""
    return Value({}, origin)
