"""Unrolls a `repeat` into the scopes of its passes."""

from __future__ import annotations

from collections.abc import Iterator

from registry.contract.errors import Problems
from registry.language import entries
from registry.language.graph import Group
from registry.language.interpolation import Interpolator
from registry.language.scope import Alias, Broken, Entry, Loop, Scope
from registry.language.value import Value, empty_mapping


def open_loop(entry: Value, path: str, scope: Scope, options: Interpolator, problems: Problems) -> Loop:
    """Return the loop an entry declares, without passes; what `carry` names and `next` does not is reported."""
    carry = entries.mapping_of(entry, "carry", path, problems)
    following = entries.mapping_of(entry, "next", path, problems)
    for key in carry:
        if key not in following:
            message = f"`carry` brings in {key!r}, but `next` does not say what it is in the next pass"
            problems.error(message, entry.mapping["carry"].keys[key], path, f"write `next: {{{key}: ...}}`")
    brought_in = {key: alias_of(value, scope, path, options) for key, value in carry.items()}
    return Loop(path, scope, brought_in, following)


def alias_of(value: Value, scope: Scope, path: str, options: Interpolator) -> Entry:
    """Return what stands for the reference in `value`; something broken if a placeholder in it names nothing."""
    resolved = options.resolve(value, scope.variables, path)
    return Alias(resolved, scope, path) if resolved else Broken(path)


def loop_items(loop: Loop, entry: Value, options: Interpolator, problems: Problems) -> list[Value] | None:
    """Return the list `repeat` goes over, one entry per pass; None if it is none (reported)."""
    items = options.entries(entry.mapping["repeat"], loop.outer.variables, loop.path)
    if items is None:
        return None
    if not isinstance(items.data, list):
        message = f"`repeat`: expected a list, one entry per pass, received {items.received()}"
        problems.error(message, items.origin, loop.path, "write a list, such as [{n: 16}, {n: 16}]")
        return None
    return items.data


def loop_body(loop: Loop, entry: Value, problems: Problems) -> Value | None:
    """Return the nodes of a loop's pass; None if they are no mapping (reported)."""
    body = entry.mapping.get("blocks") or empty_mapping(entry.origin)
    if body.data in (None, {}):
        problems.error("the loop has no nodes", body.origin, loop.path, "write at least one node under its `blocks:`")
        return None
    if isinstance(body.data, dict):
        return body
    problems.error(f"`blocks`: expected a mapping of nodes, received {body.received()}", body.origin, loop.path)
    return None


def passes(loop: Loop, entry: Value, items: list[Value], options: Interpolator, problems: Problems) -> Iterator[Scope]:
    """Yield the scope of every pass, with its loop variables and the values of the pass before."""
    variable = entries.text_of(entry, "as", loop.path, problems)
    counter = entries.text_of(entry, "index", loop.path, problems)
    brought_in = loop.carry
    for number, item in enumerate(items):
        variables = loop.outer.variables
        variables += ((variable, item),) if variable else ()
        variables += ((counter, Value(number, item.origin)),) if counter else ()
        group = Group(loop.path, number, len(items))
        scope = Scope(f"{loop.path}.{number}.", loop.outer, {}, (*loop.outer.groups, group), variables)
        scope.names.update({key: brought_in.get(key, Broken(loop.path)) for key in loop.carry})
        scope.next = {key: alias_of(value, scope, loop.path, options) for key, value in loop.next.items()}
        brought_in = scope.next
        loop.passes.append(scope)
        yield scope
