"""Replaces `${Section.key}`, `${loop_variable.key}` and `${env:NAME:default}` by what they stand for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from registry.errors import Origin, Problems, did_you_mean
from registry.language.placeholders import Placeholder, Unclosed, pieces, placeholders, unescape
from registry.language.value import Value

_PATH = re.compile(r"[A-Za-z_][\w'-]*(\.[\w'-]+|\[\d+\])*$")

Variables = tuple[tuple[str, Value], ...]
"""Loop variables, innermost last."""


@dataclass
class Interpolator:
    """Resolves values against a configuration, and remembers which of its options were read.

    `node` names the node in whose behalf errors are reported; `quiet` collects reads only (for parts of a graph that
    are switched off, whose options still belong to the graph).
    """

    config: Value
    problems: Problems
    read: set[int] = field(default_factory=set)
    _open: list[str] = field(default_factory=list)

    def resolve(self, value: Value, variables: Variables = (), node: str = "") -> Value | None:
        """Return the value with every placeholder replaced; None if one cannot be (reported)."""
        if isinstance(value.data, dict):
            entries = {key: self.resolve(item, variables, node) for key, item in value.data.items()}
            if any(item is None for item in entries.values()):
                return None
            return Value({key: item for key, item in entries.items() if item}, value.origin, value.keys)
        if isinstance(value.data, list):
            items = [self.resolve(item, variables, node) for item in value.data]
            return None if None in items else Value([item for item in items if item], value.origin)
        if isinstance(value.data, str) and "${" in value.data:
            return self._resolve_text(value.data, value.origin, variables, node)
        return value

    def entries(self, value: Value, variables: Variables, node: str) -> Value | None:
        """Return the list a `repeat:` names, its entries unresolved and unread: what reads them are the loop's
        `${variable.key}`, so that an entry's key nobody asks for is found."""
        found = placeholders(value.data) if isinstance(value.data, str) else []
        if len(found) == 1 and isinstance(value.data, str) and found[0].stop - found[0].start == len(value.data):
            raw = self._look_up(found[0].inner, value.origin, variables, node)
            if raw is not None and isinstance(raw.data, str):
                return self.entries(raw, variables, node)
            if raw is not None and not raw.data:
                self._mark(raw)
            return raw if raw is None else replace(raw, origin=_via(raw.origin, value.origin))
        return self.resolve(value, variables, node)

    def _resolve_text(self, text: str, origin: Origin, variables: Variables, node: str) -> Value | None:
        try:
            found = placeholders(text)
        except Unclosed as error:
            self.problems.error(f"{str(error)!r} has no closing brace", origin, node, "write ${Section.key}")
            return None
        if len(found) == 1 and found[0].stop - found[0].start == len(text):
            value = self._value_of(found[0], origin, variables, node)
            return value and _moved_via(value, origin)
        return self._joined(text, found, origin, variables, node)

    def _joined(
        self, text: str, found: list[Placeholder], origin: Origin, variables: Variables, node: str
    ) -> Value | None:
        parts: list[str] = []
        place = origin
        for piece in pieces(text, found):
            if isinstance(piece, str):
                parts.append(unescape(piece))
                continue
            value = self._value_of(piece, origin, variables, node)
            if value is None:
                return None
            if isinstance(value.data, dict | list) or value.data is None:
                kind = "nothing (null)" if value.data is None else type(value.data).__name__
                message = f"${{{piece.inner}}} inside a text must be a text or a number, received {kind}"
                self.problems.error(message, origin, node)
                return None
            parts.append(str(value.data))
            place = _via(value.origin, origin) if len(found) == 1 else origin
        return Value("".join(parts), place)

    def _value_of(self, item: Placeholder, origin: Origin, variables: Variables, node: str) -> Value | None:
        inner = item.inner
        if "${" in inner:
            value = self._resolve_text(inner, origin, variables, node)
            if value is None:
                return None
            self._mark_alternatives(inner.partition("${")[0], variables)
            inner = str(value.data)
        if inner.startswith("env:"):
            return self._environment(inner, origin, node)
        raw = self._look_up(inner, origin, variables, node)
        if raw is None:
            return None
        self._mark(raw)
        if inner in self._open:
            loop = " -> ".join([*self._open[self._open.index(inner) :], inner])
            self.problems.error(f"the options refer to each other in a circle: {loop}", origin, node)
            return None
        self._open.append(inner)
        try:
            # What stands in a configuration sees the configuration alone, not the loop it is used in.
            return self.resolve(raw, (), node)
        finally:
            self._open.pop()

    def _environment(self, inner: str, origin: Origin, node: str) -> Value | None:
        _, name, *default = inner.split(":", 2)
        text = os.environ.get(name, default[0] if default else None)
        if text is None:
            hint = f"set it, or give a default: ${{env:{name}:value}}"
            self.problems.error(f"the environment variable {name!r} is not set", origin, node, hint)
            return None
        return Value(text, origin)

    def _look_up(self, path: str, origin: Origin, variables: Variables, node: str) -> Value | None:
        if not _PATH.match(path):
            hint = "write ${Section.key}, ${variable.key} or ${env:NAME}; $${ for a literal ${"
            self.problems.error(f"cannot read ${{{path}}}", origin, node, hint)
            return None
        first, *rest = path.replace("]", "").replace("[", ".").split(".")
        names = dict(variables)
        value = names.get(first)
        if value is None:
            value, rest = self.config, [first, *rest]
        done = [] if first not in names else [first]
        for step in rest:
            inner = _step(value, step)
            if inner is None:
                self._report_missing(path, step, done, value, names, origin, node)
                return None
            value, done = inner, [*done, step]
        return value

    def _report_missing(
        self, path: str, step: str, done: list[str], value: Value, names: Mapping[str, Value], origin: Origin, node: str
    ) -> None:
        # What was meant may be any option beside it: none of them is called unread as well.
        if done:
            self._mark(value)
        known = list(value.data) if isinstance(value.data, dict) else []
        if not done:
            known += [name for name in names if name not in known]
        where = f"in {'.'.join(done)!r}" if done else "in the configuration"
        listing = f"{'.'.join(done) or 'the configuration'} has: {', '.join(known)}" if known else ""
        hint = did_you_mean(step, known) or listing
        self.problems.error(f"${{{path}}} refers to nothing: there is no {step!r} {where}", origin, node, hint)

    def _mark(self, value: Value) -> None:
        self.read.add(id(value))
        if isinstance(value.data, dict):
            for item in value.data.values():
                self._mark(item)
        elif isinstance(value.data, list):
            for item in value.data:
                self._mark(item)

    def _mark_alternatives(self, prefix: str, variables: Variables) -> None:
        """Mark the mappings that `${prefix.${choice}}` chooses from as read, with all options they mention.

        Those not chosen are there on purpose.
        """
        if not prefix.endswith(".") or not _PATH.match(prefix[:-1]):
            return
        quiet = replace(self, problems=Problems())
        parent = quiet._look_up(prefix[:-1], self.config.origin, variables, "")
        for item in parent.data.values() if parent and isinstance(parent.data, dict) else ():
            if isinstance(item.data, dict):
                self._mark(item)
                self.touch(item)

    def touch(self, value: Value, variables: Variables = ()) -> None:
        """Mark the options that a switched-off part of a graph mentions as read; faults in it are not reported."""
        quiet = replace(self, problems=Problems())
        quiet.resolve(value, variables)


def _step(value: Value, step: str) -> Value | None:
    if isinstance(value.data, dict):
        return value.data.get(step)
    if isinstance(value.data, list) and step.isdigit() and int(step) < len(value.data):
        return value.data[int(step)]
    return None


def _via(origin: Origin, use: Origin) -> Origin:
    return replace(origin, via=use) if origin.via is None and origin != use else origin


def _moved_via(value: Value, use: Origin) -> Value:
    """Return the value with `use` noted in every part's place as where it was used."""
    keys = {key: _via(place, use) for key, place in value.keys.items()}
    if isinstance(value.data, dict):
        entries = {key: _moved_via(item, use) for key, item in value.data.items()}
        return Value(entries, _via(value.origin, use), keys)
    if isinstance(value.data, list):
        return Value([_moved_via(item, use) for item in value.data], _via(value.origin, use))
    return Value(value.data, _via(value.origin, use))
