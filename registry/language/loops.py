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
    _check_names(entry, path, problems)
    for key in carry:
        if key not in following:
            message = f"`carry` brings in {key!r}, but `next` does not say what it is in the next pass"
            problems.error(message, entry.mapping["carry"].keys[key], path, f"write `next: {{{key}: ...}}`")
    brought_in = {key: alias_of(value, scope, path, options) for key, value in carry.items()}
    return Loop(path, scope, brought_in, following)


def _check_names(entry: Value, path: str, problems: Problems) -> None:
    """Report names in `carry`, `next`, `as` and `index` that cannot be referred to, or stand for two things."""
    body = entry.mapping.get("blocks", empty_mapping(entry.origin))
    for key in ("carry", "next"):
        section = entry.mapping.get(key, body)
        for name, place in section.keys.items() if section is not body else ():
            entries.check_name(name, f"a value of `{key}`", place, path, problems)
            if name in body.keys and (key == "carry" or not _is_inside(name, section.mapping[name])):
                message = f"`{key}` names {name!r}, as a node of the loop is called: which of them is meant is not said"
                problems.error(message, place, path, f"rename the node in line {body.keys[name].line}, or this")
    variables = [entry.mapping[key] for key in ("as", "index") if key in entry.keys]
    for variable in variables:
        if isinstance(variable.data, str):
            entries.check_name(variable.data, "a loop variable", variable.origin, path, problems)
    if len(variables) == 2 and variables[0].data == variables[1].data:
        message = f"`as` and `index` give two things the name {variables[1].data!r}"
        problems.error(message, variables[1].origin, path, "rename one of them")


def _is_inside(name: str, reference: Value) -> bool:
    """Say whether a value of `next` is what the node of its name gives: `next: {x: x}`, `{x: x.features}`."""
    return isinstance(reference.data, str) and reference.data.strip().partition(".")[0] == name


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
