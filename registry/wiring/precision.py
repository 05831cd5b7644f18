"""Which nodes compute in 16 bits where a stage asks for it, `precision: mixed_bfloat16`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.wiring.checked_graph import flatten

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph, CheckedNode

FLOATS = "float"


def nodes_in_16_bits(checked: CheckedGraph) -> list[str]:
    """Return the nodes that compute in 16 bits, in order.

    Those whose blocks are `mixed`, but for a node whose values something takes as coordinates, or a loss takes; of the
    blocks that are mixed "as taken" those that take values of 16 bits only.
    """
    exact, found = _exact(checked), set[str]()
    for path, node in checked.nodes.items():
        if path not in exact and _sound(node, found, checked):
            found.add(path)
    return [path for path in checked.nodes if path in found]


def _sound(node: CheckedNode, narrow: set[str], checked: CheckedGraph) -> bool:
    if node.block.mixed != "as taken":
        return node.block.mixed
    floats = [ref for ref in node.sources() if checked.type_of(ref).dtype.startswith(FLOATS)]
    return bool(floats) and all(ref.node in narrow for ref in floats)


def _exact(checked: CheckedGraph) -> set[str]:
    """Return the nodes whose values something takes as coordinates, or a loss takes."""
    return {
        ref.node
        for node in checked.nodes.values()
        for port, source in node.inputs.items()
        if "coord" in port or node.block.kind == "loss"
        for ref in flatten(source)
    }
