"""Reads what stands under `in:`."""

from __future__ import annotations

from registry.contract.errors import Origin, Problems
from registry.language.graph import Inputs, Reference
from registry.language.references import References
from registry.language.scope import Scope
from registry.language.value import Value

BUNDLE = "*"
"""The key of `in` that names whole nodes, whose outputs fill the required inputs of equal names."""

OPTIONAL = "?"
"""The key of `in` that names the optional inputs which the whole nodes fill as well, where they can."""


class InputReader:
    """Reads the `in` of one node in its scope."""

    def __init__(self, references: References, problems: Problems, scope: Scope, node: str) -> None:
        self._references, self._problems, self._scope, self._node = references, problems, scope, node
        self._broken = False

    def read(self, value: Value | None) -> Inputs:
        """Return what `in` says; faults are reported, and leave `broken` set."""
        if value is None or value.data is None:
            return Inputs()
        if isinstance(value.data, str):
            found = self._resolve(value)
            return Inputs(tuple(found), listed=len(found) != 1, port_origins={"": value.origin}, broken=self._broken)
        if isinstance(value.data, list):
            found = [reference for item in value.data for reference in self._resolve(item)]
            return Inputs(tuple(found), listed=True, port_origins={"": value.origin}, broken=self._broken)
        if isinstance(value.data, dict):
            return self._mapping(value)
        message = (
            f"`in`: expected a reference, a list of them, or a mapping of inputs to them, received {value.received()}"
        )
        self._problems.error(message, value.origin, self._node)
        return Inputs(broken=True)

    def _mapping(self, value: Value) -> Inputs:
        bundles: list[Reference] = []
        ports: dict[str, tuple[Reference, ...]] = {}
        lists: set[str] = set()
        named: dict[str, Origin] = {}
        for name, item in value.mapping.items():
            if name == OPTIONAL:
                named = self._names(item, value)
                continue
            found = self._port(item)
            if name == BUNDLE:
                bundles += found
                continue
            if isinstance(item.data, list) or len(found) > 1:
                lists.add(name)
            ports[name] = tuple(found)
        return Inputs(tuple(bundles), ports, frozenset(lists), named, dict(value.keys), broken=self._broken)

    def _names(self, item: Value, written: Value) -> dict[str, Origin]:
        """Return the optional inputs that are named for the bundles, and where each was written."""
        names: dict[str, Origin] = {}
        for one in item.data if isinstance(item.data, list) else [item]:
            if not isinstance(one.data, str):
                message = f"`{OPTIONAL}`: expected names of optional inputs, received {one.received()}"
                self._fail(message, one.origin, f'write `"{OPTIONAL}": [name, name]`')
            elif one.data in written.mapping:
                self._fail(f"input {one.data!r} is wired by hand, and named for the bundles as well", one.origin)
            elif one.data in names:
                self._fail(f"input {one.data!r} is named twice", one.origin)
            else:
                names[one.data] = one.origin
        if BUNDLE not in written.mapping:
            message = f"`{OPTIONAL}` names inputs that a bundle fills, and there is no bundle"
            self._fail(message, written.keys[OPTIONAL], f'write `"{BUNDLE}": node` beside it')
        return names

    def _fail(self, message: str, origin: Origin, hint: str = "") -> None:
        self._broken = True
        self._problems.error(message, origin, self._node, hint)

    def _port(self, item: Value) -> list[Reference]:
        items = item.data if isinstance(item.data, list) else [item]
        return [reference for one in items for reference in self._resolve(one)]

    def _resolve(self, value: Value) -> list[Reference]:
        found = self._references.resolve(value, self._scope, self._node)
        self._broken = self._broken or found is None
        return found or []
