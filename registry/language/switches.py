"""Reads `when` and `otherwise`: whether an entry is there, and what takes its place."""

from __future__ import annotations

from registry.contract.errors import Problems
from registry.language.interpolation import Interpolator
from registry.language.loops import alias_of
from registry.language.scope import Entry, Scope
from registry.language.value import Value


def is_off(entry: Value, path: str, scope: Scope, options: Interpolator, problems: Problems) -> bool | None:
    """Say whether `when` switches an entry off; None if a placeholder in it names nothing (reported).

    An entry whose `when` is no boolean (reported) stays.
    """
    written = entry.mapping.get("when")
    if written is None:
        return False
    value = options.resolve(written, scope.variables, path)
    if value is None:
        return None
    if not isinstance(value.data, bool):
        problems.error(f"`when`: expected true or false, received {value.received()}", value.origin, path)
        return False
    return not value.data


def stand_in(entry: Value, path: str, scope: Scope, options: Interpolator) -> Entry | None:
    """Return what `otherwise` names, if it is there."""
    written = entry.mapping.get("otherwise")
    return alias_of(written, scope, path, options) if written else None
