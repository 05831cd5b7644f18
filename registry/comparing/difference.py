"""What differs between two graphs: nodes added, removed, rewired, parameters changed; names and order do not count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.comparing.matching import mapped, match_nodes
from registry.configuration.options import SECTIONS
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, PortSource, Ref
from registry.wiring.code_fingerprint import plugin_codes

ABSENT = "(absent)"


@dataclass(frozen=True)
class Change:
    """Something that has one value before and another one after; `what`: a parameter, an input, the block."""

    what: str
    before: Any
    after: Any


@dataclass(frozen=True)
class NodeChange:
    """A node that is in both graphs, and how it changed; `before` and `after` are its paths."""

    before: str
    after: str
    changes: tuple[Change, ...]
    rewired: tuple[Change, ...]


@dataclass
class Difference:
    """All that differs. `pairs`: the node of the second graph that each node of the first one became."""

    first: CheckedGraph
    second: CheckedGraph
    pairs: dict[str, str]
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: list[NodeChange] = field(default_factory=list)
    outputs: list[Change] = field(default_factory=list)
    configuration: list[Change] = field(default_factory=list)

    @property
    def renamed(self) -> dict[str, str]:
        """The nodes that have another name, which is no difference."""
        return {before: after for before, after in self.pairs.items() if before != after}

    @property
    def equal(self) -> bool:
        """Nothing differs but names and order."""
        return not (self.added or self.removed or self.changed or self.outputs or self.configuration)


def difference(first: CheckedGraph, second: CheckedGraph) -> Difference:
    """Return what has to change to turn the first graph into the second."""
    pairs = match_nodes(first, second)
    found = Difference(first, second, pairs)
    taken = set(pairs.values())
    found.added = [path for path in second.nodes if path not in taken]
    found.removed = [path for path in first.nodes if path not in pairs]
    codes = plugin_codes(first), plugin_codes(second)
    for before, after in pairs.items():
        change = _compare(first.nodes[before], second.nodes[after], pairs, codes)
        if change.changes or change.rewired:
            found.changed.append(change)
    found.outputs = _changes(
        {name: mapped(ref, pairs) for name, ref in first.outputs.items()},
        {name: str(ref) for name, ref in second.outputs.items()},
    )
    found.configuration = _configuration(first, second)
    return found


def _compare(
    before: CheckedNode,
    after: CheckedNode,
    pairs: Mapping[str, str],
    codes: tuple[Mapping[str, str], Mapping[str, str]],
) -> NodeChange:
    changes = []
    if before.block.name != after.block.name:
        changes.append(Change("block", before.block.name, after.block.name))
    elif before.block.version != after.block.version:
        changes.append(Change("version of the block", before.block.version, after.block.version))
    elif codes[0].get(before.block.name) != codes[1].get(after.block.name):
        changes.append(Change("code of the plugin", *(found.get(before.block.name, ABSENT) for found in codes)))
    changes += _changes(
        before.block.plain_parameters(),
        after.block.plain_parameters(),
        before.shown_parameters(),
        after.shown_parameters(),
    )
    changes += _changes({"trainable": before.written.trainable}, {"trainable": after.written.trainable})
    rewired = _changes(
        {port: _source(source, pairs) for port, source in before.inputs.items()},
        {port: _source(source, None) for port, source in after.inputs.items()},
    )
    return NodeChange(before.written.path, after.written.path, tuple(changes), tuple(rewired))


def _source(source: PortSource, pairs: Mapping[str, str] | None) -> Any:
    def name(ref: Ref) -> str:
        return str(ref) if pairs is None else mapped(ref, pairs)

    if isinstance(source, dict):
        return {port: name(ref) for port, ref in sorted(source.items())}
    return name(source) if isinstance(source, Ref) else [name(ref) for ref in source]


def _changes(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    shown_before: Mapping[str, Any] | None = None,
    shown_after: Mapping[str, Any] | None = None,
) -> list[Change]:
    """Return what is not equal; `shown_before` and `shown_after`: how it is shown, if another way."""
    names = dict.fromkeys([*before, *after])
    first, second = shown_before or before, shown_after or after
    return [
        Change(name, first.get(name, ABSENT), second.get(name, ABSENT))
        for name in names
        if before.get(name, ABSENT) != after.get(name, ABSENT)
    ]


def _configuration(first: CheckedGraph, second: CheckedGraph) -> list[Change]:
    """Return the changes of what the engine reads itself: stages, optimiser, seed. A written default is no change."""
    plain = [checked.expanded.config.plain() or {} for checked in (first, second)]
    stated = [
        {name: section.beyond_defaults(config.get(name)) for name, section in SECTIONS.items()} for config in plain
    ]
    shown = [checked.expanded.config.shown() or {} for checked in (first, second)]
    return _changes(*map(_configured, stated), *map(_configured, shown))


def _configured(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the engine reads itself of a configuration; all else shows in the nodes."""
    remarks = {f"{name}.{key}" for name, section in SECTIONS.items() for key in section.remarks}
    flat = _flat({name: config.get(name) for name in SECTIONS})
    return {name: value for name, value in flat.items() if name not in remarks}


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Return nested settings by dotted name; settings without a value are left out, as labels of stages are."""
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        value = {str(index): item for index, item in enumerate(value)}
    if isinstance(value, dict):
        return {name: item for key, inner in value.items() for name, item in _flat(inner, f"{prefix}{key}.").items()}
    return {} if value is None else {prefix.rstrip("."): value}
