"""Unrolls a `repeat` into the scopes of its passes."""

from __future__ import annotations

from collections.abc import Iterator

from registry.errors import Problems
from registry.language import entries
from registry.language.graph import Group
from registry.language.interpolation import Interpolator
from registry.language.scope import Forward, Loop, Scope
from registry.language.value import Value, empty_mapping


def open_loop(entry: Value, path: str, scope: Scope, problems: Problems) -> Loop:
    """Return the loop an entry declares, without passes; what is carried but not handed on is reported."""
    assert isinstance(entry.data, dict)
    carry = entries.mapping_of(entry, "carry", path, problems)
    handed_on = entries.mapping_of(entry, "next", path, problems)
    for key in carry:
        if key not in handed_on:
            message = f"`carry` brings in {key!r}, but `next` does not say what it is in the next pass"
            problems.error(message, entry.data["carry"].keys[key], path, f"write `next: {{{key}: ...}}`")
    return Loop(path, scope, carry, handed_on)


def loop_items(loop: Loop, entry: Value, options: Interpolator, problems: Problems) -> list[Value] | None:
    """Return the list `repeat` goes over, one entry per pass; None if it is none (reported)."""
    assert isinstance(entry.data, dict)
    items = options.entries(entry.data["repeat"], loop.outer.variables, loop.path)
    if items is None:
        return None
    if not isinstance(items.data, list):
        received = f"{items.plain()!r} ({type(items.plain()).__name__})"
        message = f"`repeat`: expected a list, one entry per pass, received {received}"
        problems.error(message, items.origin, loop.path, "write a list, such as [{n: 16}, {n: 16}]")
        return None
    return items.data


def loop_body(loop: Loop, entry: Value, problems: Problems) -> Value | None:
    """Return the nodes of a loop's pass; None if they are no mapping (reported)."""
    assert isinstance(entry.data, dict)
    body = entry.data.get("blocks") or empty_mapping(entry.origin)
    if isinstance(body.data, dict):
        return body
    received = f"{body.plain()!r} ({type(body.plain()).__name__})"
    problems.error(f"`blocks`: expected a mapping of nodes, received {received}", body.origin, loop.path)
    return None


def passes(loop: Loop, entry: Value, items: list[Value], problems: Problems) -> Iterator[Scope]:
    """Yield the scope of every pass, with its loop variables and what the pass before hands on."""
    variable = entries.text_of(entry, "as", loop.path, problems)
    counter = entries.text_of(entry, "index", loop.path, problems)
    for number, item in enumerate(items):
        variables = loop.outer.variables
        variables += ((variable, item),) if variable else ()
        variables += ((counter, Value(number, item.origin)),) if counter else ()
        group = Group(loop.path, number, len(items))
        scope = Scope(f"{loop.path}.{number}.", loop.outer, {}, (*loop.outer.groups, group), variables)
        before = loop.passes[-1] if loop.passes else None
        for key, value in loop.carry.items():
            scope.names[key] = Forward(loop.next.get(key, value), before) if before else Forward(value, loop.outer)
        loop.passes.append(scope)
        yield scope
