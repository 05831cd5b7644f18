"""What of a run differs from its graph's own files, and from the run that it was started from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registry.reporting.record import RunRecord
from registry.tracking.names import Changed, differences
from registry.tracking.parameters import EXPANDED_PARAMETERS, leaves, place_of
from registry.wiring.checked_graph import CheckedGraph

MISSING = "\u2013"
"""Stands for a value that one of two does not have."""


@dataclass(frozen=True)
class Changes:
    """What differs: `options` and `parent` by dotted name, before and now; `nodes`: what differs of a node, by path.

    `options` are those that are not as the graph's own files say; `parent`: as the run `parent_name` had them.
    """

    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    parent: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    parent_name: str = ""
    nodes: Mapping[str, str] = field(default_factory=dict)


def changes(record: RunRecord, checked: CheckedGraph | None, parent: RunRecord | None) -> Changes:
    """Return what differs; `parent`: the run that it was started from, if there is one that can be read."""
    changed = differences(checked) if checked else {}
    options = {".".join(path): (item.before or MISSING, item.now) for path, item in changed.items()}
    nodes = _fed(checked, changed) if checked else {}
    if parent is None:
        return Changes(options, nodes=nodes)
    named = _by_node(_different(_everything(parent), _everything(record)), checked)
    for path, text in named.items():
        nodes[path] = "; ".join(filter(None, [nodes.get(path, ""), f"since {parent.name}: {text}"]))
    return Changes(options, _different(parent.parameters, record.parameters), parent.name, nodes)


def _everything(record: RunRecord) -> Mapping[str, str]:
    kept = record.json(EXPANDED_PARAMETERS)
    return kept if isinstance(kept, dict) else record.parameters


def _different(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return {name: (before.get(name, MISSING), now.get(name, MISSING)) for name in names}


def _fed(checked: CheckedGraph, changed: Mapping[tuple[str, ...], Changed]) -> dict[str, str]:
    """Return what differs of the nodes whose parameters take an option that differs, in words."""
    places = {item.place: item for item in changed.values()}
    found: dict[str, list[str]] = {}
    for path, node in checked.nodes.items():
        for name, value in node.written.params.items():
            for leaf in leaves(value).values():
                if item := places.get(place_of(leaf)):
                    found.setdefault(path, []).append(f"{name}: {item.before or MISSING} \u2192 {item.now}")
    return {path: ", ".join(dict.fromkeys(texts)) for path, texts in found.items()}


def _by_node(named: Mapping[str, tuple[str, str]], checked: CheckedGraph | None) -> dict[str, str]:
    """Return what differs of each node of the graph in words."""
    found: dict[str, list[str]] = {}
    paths = sorted(checked.nodes, key=len, reverse=True) if checked else []
    for name, (before, now) in named.items():
        path = next((item for item in paths if name.startswith(f"{item}.")), "")
        if path:
            found.setdefault(path, []).append(f"{name.removeprefix(f'{path}.')}: {before} \u2192 {now}")
    return {path: ", ".join(texts) for path, texts in found.items()}
