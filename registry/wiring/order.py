"""Orders the nodes so that each follows its sources; names the loop where that is impossible."""

from __future__ import annotations

import networkx as nx

from registry.contract.errors import Problems
from registry.language.graph import Graph


def build_dag(graph: Graph, problems: Problems) -> nx.DiGraph:
    """Return the DAG of node paths; cycles and self-references are reported, and the edges that close them left out."""
    dag = nx.DiGraph()
    dag.add_nodes_from(graph.nodes)
    for path, node in graph.nodes.items():
        references = [*node.inputs.bundles, *(ref for refs in node.inputs.ports.values() for ref in refs)]
        for reference in references:
            if reference.node == path:
                message = f"the node takes its own output {reference.text!r}"
                problems.error(message, reference.origin, path, "wire it to an earlier node")
            elif reference.node in graph.nodes:
                dag.add_edge(reference.node, path, origin=reference.origin)
    _report_cycles(dag, problems)
    return dag


def _report_cycles(dag: nx.DiGraph, problems: Problems) -> None:
    """Report one loop of every strongly connected part, and cut it, so that the rest can still be checked."""
    while True:
        try:
            edges = nx.find_cycle(dag)
        except nx.NetworkXNoCycle:
            return
        loop = [edges[0][0], *(target for _, target, *_ in edges)]
        source, target = edges[-1][:2]
        origin = dag.edges[source, target]["origin"]
        problems.error(f"the nodes form a loop: {' -> '.join(loop)}", origin, target, "remove one of these wires")
        dag.remove_edge(source, target)


def ordered(dag: nx.DiGraph) -> list[str]:
    """Return the nodes in a stable topological order: among those that may come next, the file's order decides."""
    position = {path: index for index, path in enumerate(dag)}
    return list(nx.lexicographical_topological_sort(dag, key=position.__getitem__))
