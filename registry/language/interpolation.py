"""Replaces `${Section.key}`, `${loop_variable.key}` and `${env:NAME:default}` by what they stand for."""

from __future__ import annotations

import os
import re
from dataclasses import field, replace

from registry.contract.errors import Origin, Problems
from registry.contract.records import record
from registry.contract.secrets import remember
from registry.language.lookup import Lookup, Path, Variables, is_path
from registry.language.placeholders import Placeholder, Unclosed, pieces, placeholders, unescape
from registry.language.value import Value

REPLACED = 4_000
"""More placeholders than this in one value are a mistake: options that multiply each other could fill the memory."""

CHAIN = 50
"""More options than this that stand for each other, in a row, are a mistake."""


@record(frozen=False)
class Interpolator(Lookup):
    """Resolves values against a configuration."""

    _open: list[str] = field(default_factory=list)
    _circles: set[frozenset[str]] = field(default_factory=set)
    _replaced: int = 0
    _multiplying: bool = False

    def resolve(self, value: Value, variables: Variables = (), node: str = "") -> Value | None:
        """Return the value with every placeholder replaced; None if one cannot be, reported on behalf of `node`."""
        self._replaced = 0
        return self._resolve(value, variables, node)

    def resolve_key(self, entry: Value, key: str, variables: Variables, node: str) -> Value | None:
        """Return what stands under a key of an entry, resolved; None if there is nothing or it fails (reported)."""
        value = entry.mapping.get(key)
        return None if value is None else self.resolve(value, variables, node)

    def entries(self, value: Value, variables: Variables, node: str) -> Value | None:
        """Return the list a `repeat:` names, its entries unresolved and unread: what reads them are the loop's
        `${variable.key}`, so that an entry's key nobody asks for is found."""
        whole = _option(value)
        if whole is None:
            return self.resolve(value, variables, node)
        path = self._path(whole, value.origin, variables, node)
        raw = path and self.look_up(path, value.origin, variables, node)
        if not path or not raw:
            return None
        if isinstance(raw.data, str):
            self.mark(raw)
            if not self._enter(path.text, value.origin, node):
                return None
            try:
                return self.entries(raw, (), node)
            finally:
                self._open.pop()
        if not raw.data:
            self.mark(raw)
        return replace(raw, origin=raw.origin.used_at(value.origin))

    def is_option(self, value: Value) -> bool:
        """Say whether a value is nothing but the placeholder of an option, `${Section.key}`."""
        return _option(value) is not None

    def touch(self, value: Value, variables: Variables = ()) -> Value:
        """Spare the options that a switched-off part of a graph mentions; faults in it are not reported.

        Return it with its placeholders replaced, or as it is where that fails.
        """
        return self._quiet().sparing().resolve(value, variables) or value

    def try_to_resolve(self, value: Value, variables: Variables = ()) -> Value | None:
        """Return the value with every placeholder replaced; None if one cannot be, which is not reported."""
        return self._quiet().resolve(value, variables)

    def _quiet(self) -> Interpolator:
        return replace(self, problems=Problems(), _circles=set())

    def sparing(self) -> Interpolator:
        """Return one that spares what it finds: whether anything reads it is not known."""
        return replace(self, read=self.spared)

    def _resolve(self, value: Value, variables: Variables, node: str) -> Value | None:
        if isinstance(value.data, dict):
            entries = {key: self._resolve(item, variables, node) for key, item in value.data.items()}
            if any(item is None for item in entries.values()):
                return None
            return Value({key: item for key, item in entries.items() if item}, value.origin, value.keys)
        if isinstance(value.data, list):
            items = [self._resolve(item, variables, node) for item in value.data]
            return None if None in items else Value([item for item in items if item], value.origin)
        if isinstance(value.data, str) and "${" in value.data:
            return self._resolve_text(value.data, value.origin, variables, node)
        return value

    def _resolve_text(self, text: str, origin: Origin, variables: Variables, node: str) -> Value | None:
        try:
            found = placeholders(text)
        except Unclosed as error:
            self.problems.error(f"{str(error)!r} has no closing brace", origin, node, "write ${Section.key}")
            self.failed.append(text)
            return None
        if whole := _whole(text):
            value = self._value_of(whole, origin, variables, node)
            return value and value.used_at(origin)
        return self._joined(text, found, origin, variables, node)

    def _joined(
        self, text: str, found: list[Placeholder], origin: Origin, variables: Variables, node: str
    ) -> Value | None:
        parts: list[str] = []
        shown: list[str] = []
        place = origin
        for piece in pieces(text, found):
            if isinstance(piece, str):
                parts.append(unescape(piece))
                shown.append(parts[-1])
                continue
            value = self._value_of(piece, origin, variables, node)
            if value is None:
                return None
            if isinstance(value.data, dict | list) or value.data is None:
                message = f"${{{piece.inner}}} inside a text must be a text or a number, received {value.received()}"
                self.problems.error(message, origin, node)
                return None
            parts.append(str(value.data))
            shown.append(value.named or str(value.data))
            place = value.origin.used_at(origin) if len(found) == 1 else origin
        return Value("".join(parts), place, named="".join(shown) if shown != parts else "")

    def _value_of(self, item: Placeholder, origin: Origin, variables: Variables, node: str) -> Value | None:
        if self._is_too_much(origin, node):
            return None
        path = self._path(item, origin, variables, node)
        if path is None:
            return None
        if path.text.startswith("env:"):
            return self._environment(path.text, origin, node)
        raw = self.look_up(path, origin, variables, node)
        if raw is None:
            return None
        self.mark(raw)
        if not self._enter(path.text, origin, node):
            return None
        try:
            # What stands in a configuration sees the configuration alone, not the loop it is used in.
            return self._resolve(raw, (), node)
        finally:
            self._open.pop()

    def _path(self, item: Placeholder, origin: Origin, variables: Variables, node: str) -> Path | None:
        """Return the path in a placeholder, with the placeholders inside it replaced; None if that fails (reported)."""
        if "${" not in item.inner:
            return Path(item.inner)
        value = self._resolve_text(item.inner, origin, variables, node)
        before = item.inner.partition("${")[0]
        self._mark_alternatives(item.inner, variables)
        if value is None:
            return None
        return Path(str(value.data), before.rstrip("."), value.origin if value.origin.via else None)

    def _enter(self, path: str, origin: Origin, node: str) -> bool:
        """Note that an option is being resolved; refuse one that stands for itself, in the end."""
        if path not in self._open and len(self._open) < CHAIN:
            self._open.append(path)
            return True
        circle = self._open[self._open.index(path) :] if path in self._open else []
        if not circle:
            self.problems.error(f"more than {CHAIN} options refer to each other in a row", origin, node)
        elif frozenset(circle) not in self._circles:
            self._circles.add(frozenset(circle))
            message = f"the options refer to each other in a circle: {' -> '.join([*circle, path])}"
            self.problems.error(message, origin, node)
        return False

    def _is_too_much(self, origin: Origin, node: str) -> bool:
        self._replaced += 1
        if self._replaced == REPLACED and not self._multiplying:
            self._multiplying = True
            self.problems.error(f"more than {REPLACED:,} placeholders have to be replaced in this value", origin, node)
        return self._replaced >= REPLACED

    def _environment(self, inner: str, origin: Origin, node: str) -> Value | None:
        _, name, *default = inner.split(":", 2)
        text = os.environ.get(name, default[0] if default else None)
        if text is None:
            hint = f"set it, or give a default: ${{env:{name}:value}}"
            self.problems.error(f"the environment variable {name!r} is not set", origin, node, hint)
            return None
        return Value(text, origin, named=remember(name, text) if name in os.environ else "")

    def _mark_alternatives(self, inner: str, variables: Variables) -> None:
        """Spare what `${Section.${choice}}` or `${Section.name_${choice}}` chooses from, with all it mentions.

        What is not chosen is there on purpose.
        """
        first = placeholders(inner)[0]
        parent, _, prefix = inner[: first.start].rpartition(".")
        suffix, *deeper = re.split(r"(?=[.\[])", inner[first.stop :], maxsplit=1)
        if not is_path(parent) or "${" in suffix:
            return
        others = self._quiet().sparing()
        found = others.look_up(Path(parent), self.config.origin, variables, "")
        for key, item in found.items() if found else ():
            if key.startswith(prefix) and key.endswith(suffix) and (isinstance(item.data, dict | list) or not deeper):
                others.mark(item)
                others.touch(item)


def _option(value: Value) -> Placeholder | None:
    """Return the placeholder of an option, or of a loop variable, that a value consists of."""
    whole = _whole(value.data) if isinstance(value.data, str) else None
    return None if whole is None or whole.inner.startswith("env:") else whole


def _whole(text: str) -> Placeholder | None:
    """Return the placeholder a text consists of, if it is nothing else."""
    try:
        found = placeholders(text)
    except Unclosed:
        return None
    return found[0] if len(found) == 1 and found[0].stop - found[0].start == len(text) else None
