"""Which tensors of a graph others depend on."""

from __future__ import annotations

from collections.abc import Iterable

from registry.wiring.checked_graph import CheckedGraph, Ref
from registry.wiring.loaders import ROW_SPLITS

KEPT_HITS = "kept_hits"
"""The output by which a network says which hits it keeps: their positions among the hits that it was given."""


def needed_ports(checked: CheckedGraph, refs: Iterable[Ref], losses: Iterable[str]) -> dict[str, set[str]]:
    """Return the nodes that tensors and losses depend on, with the output ports of each that are needed."""
    needed: dict[str, set[str]] = {path: set() for path in losses}
    for ref in refs:
        needed.setdefault(ref.node, set()).add(ref.port)
    for path in reversed(checked.nodes):
        for output in [*needed.get(path, ()), *([""] if path in needed else [])]:
            for _, ref in checked.nodes[path].sources_of(output):
                needed.setdefault(ref.node, set()).add(ref.port)
    return needed


def inference_inputs(checked: CheckedGraph) -> list[Ref]:
    """Return what the inference model reads: the outputs of loaders that the graph's outputs depend on, in order."""
    needed = needed_ports(checked, checked.outputs.values(), ())
    return [
        Ref(path, port)
        for path, node in checked.nodes.items()
        if node.block.kind == "loader"
        for port in node.types
        if port in needed.get(path, ())
    ]


def outputs_of_hits(checked: CheckedGraph) -> list[str]:
    """Return the outputs of a graph with one loader that have one row for each hit that it brings in."""
    hits = checked.loader.types[ROW_SPLITS].points_to
    types = {name: checked.type_of(ref) for name, ref in checked.outputs.items()}
    return [name for name, type_ in types.items() if type_.axes and type_.axes[0] == hits]


def outputs_with_positions(checked: CheckedGraph) -> list[str]:
    """Return those of `outputs_of_hits` whose values are positions of hits, as neighbours are."""
    hits = checked.loader.types[ROW_SPLITS].points_to
    return [name for name in outputs_of_hits(checked) if checked.type_of(checked.outputs[name]).points_to == hits]


def outputs_of_kept_hits(checked: CheckedGraph) -> list[str]:
    """Return the outputs of a graph that have one row for each hit that its output `kept_hits` names."""
    types = {name: checked.type_of(ref) for name, ref in checked.outputs.items()}
    kept = types.get(KEPT_HITS)
    if kept is None or not kept.axes:
        return []
    return [name for name, type_ in types.items() if type_.axes and type_.axes[0] == kept.axes[0]]
