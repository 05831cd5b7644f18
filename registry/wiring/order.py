"""Orders the nodes so that each follows its sources; names the loop where that is impossible.

Graphs that have an order get it from the standard library: the import of networkx takes longer than the rest of a
check. Where there is none, networkx finds the loops.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush

from registry.contract.errors import Origin, Problems
from registry.language.graph import Graph

Sources = dict[str, dict[str, Origin]]
"""The nodes that each node takes something of, with the place where it says so."""


def node_order(graph: Graph, problems: Problems) -> list[str]:
    """Return the paths of the nodes, sources first; loops and nodes that take their own output are reported."""
    sources = _sources(graph, problems)
    try:
        return ordered(sources)
    except CycleError:
        _cut_loops(sources, problems)
        return ordered(sources)


def _sources(graph: Graph, problems: Problems) -> Sources:
    sources: Sources = {path: {} for path in graph.nodes}
    for path, node in graph.nodes.items():
        references = [*node.inputs.bundles, *(ref for refs in node.inputs.ports.values() for ref in refs)]
        for reference in references:
            if reference.node == path:
                message = f"the node takes its own output {reference.text!r}"
                problems.error(message, reference.origin, path, "wire it to an earlier node")
            elif reference.node in graph.nodes:
                sources[path][reference.node] = reference.origin
    return sources


def ordered(sources: Mapping[str, Collection[str]]) -> list[str]:
    """Return the nodes in a stable topological order: among those that may come next, the file's order decides.

    Raises CycleError if there is none.
    """
    paths = list(sources)
    position = {path: index for index, path in enumerate(paths)}
    sorter = TopologicalSorter(sources)
    sorter.prepare()
    ready = [position[path] for path in sorter.get_ready()]
    heapify(ready)
    found = []
    while ready:
        path = paths[heappop(ready)]
        found.append(path)
        sorter.done(path)
        for following in sorter.get_ready():
            heappush(ready, position[following])
    return found


def _cut_loops(sources: Sources, problems: Problems) -> None:
    """Report one loop of every strongly connected part, and cut it, so that the rest can still be checked."""
    import networkx as nx

    dag = nx.DiGraph()
    dag.add_nodes_from(sources)
    dag.add_edges_from((source, path) for path, taken in sources.items() for source in taken)
    while True:
        try:
            edges = nx.find_cycle(dag)
        except nx.NetworkXNoCycle:
            return
        loop = [edges[0][0], *(target for _, target in edges)]
        source, target = edges[-1]
        origin = sources[target].pop(source)
        problems.error(f"the nodes form a loop: {' -> '.join(loop)}", origin, target, "remove one of these wires")
        dag.remove_edge(source, target)
