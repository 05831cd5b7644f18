"""Resolves references (`node`, `node.port`, `iterations.x`, `iterations.x[*]`) to nodes by their full paths."""

from __future__ import annotations

import re
from dataclasses import field

from registry.contract.errors import Origin, Problems
from registry.contract.records import record
from registry.contract.spelling import did_you_mean
from registry.language.graph import Reference
from registry.language.scope import Alias, Broken, Dropped, Entry, LoaderInput, Loop, NodeEntry, Scope
from registry.language.value import Value

_SEGMENT = re.compile(r"([A-Za-z_][\w-]*)(?:\[(\*|\d+)\])?$")

Segments = list[tuple[str, str | None]]
"""A reference cut at its dots: name and, where written, the index behind it ("*" or a number)."""

Found = tuple[str, str, Origin | None]
"""Path of a node, a port ("" if none was named), and where both were named, if not in the reference itself."""

SYNTAX = "a reference is `node`, `node.port`, `loop.name`, `loop.name[*]` or `loop[0].node.port`"


class Unresolved(Exception):
    """A reference that names nothing; `place`: where the mistake is, if not in the reference itself."""

    def __init__(self, message: str, hint: str = "", place: Origin | None = None) -> None:
        super().__init__(message)
        self.message, self.hint, self.place = message, hint, place


class NoNode(Unresolved):
    """A reference to a node that is not there, for whoever refers to it."""


class WrongHere(Unresolved):
    """A reference that names something, but nothing that an input can take: a loop, or a node that is switched off."""


@record(frozen=False)
class References:
    """Resolves references; a fault is reported at the place of the reference, in behalf of a node."""

    problems: Problems
    _active: list[int] = field(default_factory=list)

    def resolve(self, value: Value, scope: Scope, node: str) -> list[Reference] | None:
        """Return the references a text stands for (several only for `[*]`); None if it names nothing (reported)."""
        try:
            found = self._find(_segments(value, scope), scope)
        except Unresolved as error:
            self._report(error, value.origin, node)
            return None
        return [Reference(path, port, str(value.data), value.origin, place) for path, port, place in found]

    def check(self, alias: Alias) -> None:
        """Report a carried value or an `otherwise` that names nothing, whether anything takes it or not."""
        try:
            self._find(_segments(alias.value, alias.scope), alias.scope)
        except WrongHere:
            return  # It is reported where something takes it.
        except Unresolved as error:
            self._report(error, alias.value.origin, alias.node)

    def _report(self, error: Unresolved, origin: Origin, node: str) -> None:
        report = self.problems.error_anywhere if isinstance(error, NoNode | WrongHere) else self.problems.error
        report(error.message, error.place or origin, node, error.hint)

    def _find(self, segments: Segments, scope: Scope) -> list[Found]:
        (name, index), *rest = segments
        entry = scope.find(name)
        if entry is None:
            names = scope.visible()
            near = did_you_mean(name, names)
            raise NoNode(f"there is no node {name!r}", near or f"nodes that can be seen here: {', '.join(names)}")
        return self._follow(entry, name, index, rest)

    def _follow(self, entry: Entry, name: str, index: str | None, rest: Segments) -> list[Found]:
        if id(entry) in self._active:
            raise Unresolved(f"{name!r} refers back to itself", "wire it to a node")
        self._active.append(id(entry))
        try:
            if isinstance(entry, Broken):
                return [(entry.path, "", None)]
            if isinstance(entry, Loop):
                return self._follow_loop(entry, index, rest)
            if index is not None:
                raise Unresolved(f"{name!r} is not repeated: it takes no [{index}]")
            if isinstance(entry, NodeEntry):
                return [(entry.path, _port(entry.path, rest), None)]
            if isinstance(entry, Alias):
                return self._follow_value(entry.value, rest, entry.scope)
            if isinstance(entry, LoaderInput):
                return self._follow_loader(entry, name, rest)
            return _refuse_dropped(entry)
        finally:
            self._active.pop()

    def _follow_value(self, value: Value, rest: Segments, scope: Scope) -> list[Found]:
        """Return what a reference written elsewhere stands for, `rest` behind it; its mistakes are placed there."""
        try:
            found = self._find([*_segments(value, scope), *rest], scope)
            # What names a node and its port is this text, unless the port stands in the reference to it.
            return found if rest else [(path, port, place or value.origin) for path, port, place in found]
        except Unresolved as error:
            if not rest or self._names_nothing(value, scope):
                error.place = error.place or value.origin
            raise

    def _names_nothing(self, value: Value, scope: Scope) -> bool:
        try:
            self._find(_segments(value, scope), scope)
        except WrongHere:
            return False
        except Unresolved:
            return True
        return False

    def _follow_loop(self, loop: Loop, index: str | None, rest: Segments) -> list[Found]:
        if not rest:
            names = ", ".join(f"{loop.path}.{name}" for name in loop.next) or "nothing: it has no `next`"
            raise WrongHere(f"{loop.path!r} is a loop: say which of its values", f"it hands on {names}")
        (name, inner_index), *more = rest
        if not loop.passes:
            return self._without_passes(loop, name, "*" in (index, inner_index), more)
        nested = isinstance(loop.passes[-1].names.get(name), Loop)
        chosen = index if index is not None or nested else inner_index
        found: list[Found] = []
        for scope in _choose(loop, chosen):
            entry = scope.next.get(name) or scope.names.get(name)
            if entry is None:
                known = list(dict.fromkeys([*loop.next, *scope.names]))
                hint = did_you_mean(name, known) or f"it has: {', '.join(known)}"
                raise Unresolved(f"the loop {loop.path!r} has no {name!r}", hint)
            found += self._follow(entry, name, inner_index if nested and name not in loop.next else None, more)
        return found

    def _without_passes(self, loop: Loop, name: str, every: bool, more: Segments) -> list[Found]:
        if every:
            return []
        if name not in loop.carry:
            raise Unresolved(f"the loop {loop.path!r} has no passes, so there is no {name!r}")
        return self._follow(loop.carry[name], name, None, more)

    def _follow_loader(self, entry: LoaderInput, name: str, rest: Segments) -> list[Found]:
        """Return what the including graph gives for `name.port` of a sub-graph's loader, or for all its ports."""
        given = entry.value
        if given is None or given.data is None:
            message = f"the included graph has a loader, {name!r}: what takes its place is not said"
            raise Unresolved(message, "write `in:`", entry.place)
        if not isinstance(given.data, dict):
            return self._follow_value(given, rest, entry.scope)
        ports = given.data
        port = _port(name, rest)
        entry.taken.add(port)
        if port and port in ports:
            return self._follow_value(ports[port], [], entry.scope)
        if "*" in ports and (port or len(ports) == 1):
            return self._follow_value(ports["*"], rest, entry.scope)
        missing = f"{name}.{port}" if port else name
        message = f"the included graph takes {missing!r}, which `in` does not hand over"
        raise Unresolved(message, "add it to `in:`, or a bundle as '*'", given.origin)


def _segments(value: Value, scope: Scope) -> Segments:
    """Cut a reference at its dots; what is no name of a node, which is reported there, stands for it all the same."""
    parts = value.data.strip().split(".") if isinstance(value.data, str) else []
    begins = [name for count in range(1, len(parts) + 1) if not _is_name(name := ".".join(parts[:count]))]
    inner: Scope | None = scope
    while begins and inner:
        for name in begins:
            if name and name in inner.names:
                return [(name, None)]
        inner = inner.parent
    return read_reference(value)


def _is_name(text: str) -> bool:
    """Say whether a text can be the name of a node."""
    match = _SEGMENT.match(text)
    return match is not None and match[1] == text


def read_reference(value: Value) -> Segments:
    """Cut a reference at its dots; raise Unresolved if it is none."""
    if not isinstance(value.data, str):
        raise Unresolved(f"expected a reference, received {value.received()}", SYNTAX)
    segments: Segments = []
    for part in value.data.strip().split("."):
        match = _SEGMENT.match(part)
        if not match:
            raise Unresolved(f"cannot read the reference {value.data!r}", SYNTAX)
        segments.append((match[1], match[2]))
    return segments


def _port(path: str, rest: Segments) -> str:
    if not rest:
        return ""
    (port, index), *more = rest
    if more or index is not None:
        tail = ".".join(name for name, _ in rest)
        raise Unresolved(f"{path!r} is a node: behind it stands one port, received {tail!r}", SYNTAX)
    return port


def _choose(loop: Loop, index: str | None) -> list[Scope]:
    if index is None:
        return loop.passes[-1:]
    if index == "*":
        return loop.passes
    if int(index) >= len(loop.passes):
        raise Unresolved(f"the loop {loop.path!r} has {len(loop.passes)} passes, [0] to [{len(loop.passes) - 1}]")
    return [loop.passes[int(index)]]


def _refuse_dropped(entry: Dropped) -> list[Found]:
    hint = f"give it an `otherwise:` (a reference that takes its place), in line {entry.origin.line}"
    raise WrongHere(f"the node {entry.path!r} is switched off by its `when`", hint)
