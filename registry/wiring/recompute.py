"""The parts of a graph whose values are computed again in the backward pass, `recompute: [GROUP]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from registry.configuration.options import Stage
from registry.contract.errors import Problems
from registry.contract.spelling import did_you_mean
from registry.wiring.selectors import groups, names_itself, select

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph

NO_LAYER = ("loader", "monitor")
"""Kinds of nodes that have no layer."""


def segments(selectors: Sequence[str], checked: CheckedGraph) -> list[list[str]]:
    """Return the nodes that selectors name, in parts: each pass of a repeat, an included graph, a lone node."""
    parts: dict[str, list[str]] = {}
    for selector in selectors:
        taken = {path for part in parts.values() for path in part}
        for path in select(selector, checked):
            if path not in taken and checked.nodes[path].block.kind not in NO_LAYER:
                parts.setdefault(_part(selector, path, checked), []).append(path)
    order = {path: place for place, path in enumerate(checked.nodes)}
    return [sorted(part, key=order.__getitem__) for part in parts.values()]


def _part(selector: str, path: str, checked: CheckedGraph) -> str:
    """Return the path of the part that a node belongs to."""
    if names_itself(selector, path, checked.nodes[path].written.use):
        return path
    group = next(group for group in groups(path) if names_itself(selector, group, ""))
    following = path[len(group) + 1 :].partition(".")[0]
    return f"{group}.{following}" if following.isdigit() else group


def order_of_parts(parts: Sequence[Sequence[str]], checked: CheckedGraph) -> list[list[str]] | None:
    """Return all nodes in an order in which each part is run at once; None if a part is left and entered again."""
    import networkx as nx

    whole = {path: index for index, part in enumerate(parts) for path in part}
    merged = nx.DiGraph()
    keys = {path: f"part {whole[path]}" if path in whole else path for path in checked.nodes}
    merged.add_nodes_from(keys.values())
    merged.add_edges_from((keys[a], keys[b]) for a, b in checked.dag.edges if keys[a] != keys[b])
    if not nx.is_directed_acyclic_graph(merged):
        return None
    places = {key: place for place, key in reversed(list(enumerate(keys.values())))}
    inside = {f"part {index}": list(part) for index, part in enumerate(parts)}
    ordered = nx.lexicographical_topological_sort(merged, key=lambda key: f"{places[key]:08d}")
    return [inside.get(key, [key]) for key in ordered]


def check_recompute(stages: Sequence[Stage], checked: CheckedGraph, problems: Problems) -> None:
    """Report selectors that name no layer, and parts that are left and entered again."""
    known = {group for path in checked.nodes for group in (*groups(path), path)}
    for index, stage in enumerate(stages):
        selectors: list[str] = getattr(stage.options, "recompute", [])
        for place, selector in enumerate(selectors):
            written = stage.value.nearest(["recompute", place])
            parts = segments([selector], checked)
            if not parts:
                kind = "a loader or monitor has none" if select(selector, checked) else "no node or group is called so"
                hint = did_you_mean(selector, known - {selector}) or kind
                problems.error(f"Training.{index}.recompute: {selector!r} names no layer", written.origin, hint=hint)
            elif not problems.errors and order_of_parts(parts, checked) is None:
                message = f"Training.{index}.recompute: {selector!r} is no part of its own: other nodes lie between"
                problems.error(message, written.origin, hint="name the nodes before and after these by themselves")
