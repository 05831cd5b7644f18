"""What names stand for where a reference is written: nodes, loops, carried values, switched-off nodes."""

from __future__ import annotations

from dataclasses import field

from registry.contract.errors import Origin
from registry.contract.records import record
from registry.language.graph import Group
from registry.language.lookup import Variables
from registry.language.value import Value


@record(frozen=False)
class Scope:
    """The names of one level: the top level, one pass of a loop, or a sub-graph; what is not here is in `parent`.

    `next`: what a pass gives to the next one, and its loop to what stands behind it.
    """

    prefix: str = ""
    parent: Scope | None = None
    names: dict[str, Entry] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    variables: Variables = ()
    next: dict[str, Entry] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """The names that something has referred to."""

    def find(self, name: str) -> Entry | None:
        """Return what a name stands for; the innermost scope wins."""
        scope: Scope | None = self
        while scope:
            if name in scope.names:
                scope.used.add(name)
                return scope.names[name]
            scope = scope.parent
        return None

    def visible(self) -> list[str]:
        """Return every name that can be referred to from here, innermost first."""
        names: list[str] = []
        scope: Scope | None = self
        while scope:
            names += [name for name in scope.names if name not in names]
            scope = scope.parent
        return names


@record
class NodeEntry:
    """A node, by its full path."""

    path: str


@record
class Broken:
    """An entry that could not be read, which has been reported: nothing is said of references to it."""

    path: str


@record
class Dropped:
    """A node that `when` has switched off, without an `otherwise`."""

    path: str
    origin: Origin


@record
class Alias:
    """A name that stands for another reference: a carried value, or the `otherwise` of a switched-off node.

    `node`: the loop or the node that says so.
    """

    value: Value
    scope: Scope
    node: str


@record(eq=False)
class LoaderInput:
    """What the including graph gives in place of a sub-graph's loader (`in`, read in the outer scope).

    `place`: where the sub-graph is included, as `node`; `taken`: the ports that it has asked for.
    """

    value: Value | None
    scope: Scope
    node: str
    place: Origin
    taken: set[str] = field(default_factory=set)


@record(frozen=False)
class Loop:
    """A repeat: the scopes of its passes; `carry` is what the first one gets, `next` what each gives to the next."""

    path: str
    outer: Scope
    carry: dict[str, Entry]
    next: dict[str, Value]
    passes: list[Scope] = field(default_factory=list)


Entry = NodeEntry | Broken | Dropped | Alias | LoaderInput | Loop
