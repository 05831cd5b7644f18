"""Leaves nodes out of a graph, for ablations: what took from them takes what they took, where the shapes allow it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from registry.contract.axes import Axis, TensorType
from registry.contract.errors import Origin, Problems
from registry.contract.spelling import did_you_mean
from registry.language.graph import Graph, Inputs, Node, Reference
from registry.language.inputs import BUNDLE
from registry.language.value import Value
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, Ref, flatten, named
from registry.wiring.checking import check_nodes
from registry.wiring.selectors import groups, names_itself

OPTION = ("General", "without")


def left_out(checked: CheckedGraph, problems: Problems) -> CheckedGraph:
    """Return the graph without what `General.without` names; faults are reported, by the node that cannot go.

    A graph in which something else is wrong is returned as it is.
    """
    written = checked.expanded.config.nearest(OPTION[:1]).data
    value = written.get(OPTION[1]) if isinstance(written, dict) else None
    selectors = value.data if value is not None and isinstance(value.data, list) else []
    if not selectors or problems.errors:
        return checked
    parts = [part for item in selectors for part in _parts(item, checked, problems)]
    if problems.errors:
        return checked
    graph = _Removal(checked, parts, problems).graph()
    if graph is None:
        return checked
    found = Problems()
    made = check_nodes(graph, checked.registry, found)
    for problem in found.warnings:
        problems.add(problem)
    if found.errors:
        what = ", ".join(str(item.data) for item in selectors)
        first, *more = found.errors
        hint = f"{first.hint}\n{len(more)} more inputs do not fit" if more else first.hint
        message = f"{what} cannot be left out: {first.node}: {first.message}"
        problems.error(message, selectors[0].origin, hint=hint.strip())
        return checked
    return made


@dataclass(frozen=True)
class Part:
    """Nodes that are left out together: one, or those of a group; `name`: the node or the group."""

    name: str
    nodes: frozenset[str]
    origin: Origin


def _parts(selector: Value, checked: CheckedGraph, problems: Problems) -> Iterator[Part]:
    """Yield what a selector names: whole groups, each as one, and nodes by themselves."""
    text = selector.data if isinstance(selector.data, str) else ""
    known = list(dict.fromkeys(group for path in checked.nodes for group in groups(path)))
    chosen = [group for group in known if fnmatchcase(group, text)]
    outermost = [group for group in chosen if not any(other in groups(group) for other in chosen)]
    inside = {group: [path for path in checked.nodes if group in groups(path)] for group in outermost}
    taken = {path for paths in inside.values() for path in paths}
    alone = [
        path for path, node in checked.nodes.items() if path not in taken and names_itself(text, path, node.written.use)
    ]
    if not taken and not alone:
        listing = [path for path in checked.nodes if "." not in path]
        hint = did_you_mean(text, [*checked.nodes, *known]) or f"nodes and groups: {', '.join([*listing, *known])}"
        problems.error(f"General.without: {selector.received()} names no node", selector.origin, hint=hint)
    for name, paths in [*inside.items(), *((path, [path]) for path in alone)]:
        loader = next((path for path in paths if checked.nodes[path].block.kind == "loader"), "")
        if loader:
            problems.error("the loader cannot be left out: the graph has no events then", selector.origin, loader)
        yield Part(name, frozenset(paths), selector.origin)


class _Removal:
    """Removes parts of a graph."""

    def __init__(self, checked: CheckedGraph, parts: Sequence[Part], problems: Problems) -> None:
        self._checked, self._problems = checked, problems
        self._part = {path: part for part in reversed(parts) for path in part.nodes}

    def graph(self) -> Graph | None:
        """Return the graph without the parts, and without what only they had needed; None if one cannot go."""
        written, nodes = self._checked.expanded, {}
        for path, node in self._checked.nodes.items():
            if path not in self._part:
                touched = any(ref.node in self._part for ref in node.sources())
                nodes[path] = self._rewired(node) if touched else node.written
        outputs = dict(written.outputs)
        for name, ref in self._checked.outputs.items():
            if ref.node in self._part:
                found = self._instead(ref)
                outputs[name] = replace(outputs[name], node=found.node, port=found.port) if found else outputs[name]
        if self._problems.errors:
            return None
        if BUNDLE in outputs and outputs[BUNDLE].node in self._part:
            del outputs[BUNDLE]
        graph = replace(written, nodes=nodes, outputs=outputs)
        return replace(graph, nodes={path: node for path, node in nodes.items() if path in self._needed(graph)})

    def _needed(self, graph: Graph) -> set[str]:
        """Return the nodes that something depends on still, and those that nothing had depended on before."""
        taken = {ref.node for node in self._checked.nodes.values() for ref in node.sources()}
        ends = {path for path in graph.nodes if path not in taken} | {item.node for item in graph.outputs.values()}
        found, left = set[str](), list(ends)
        while left:
            path = left.pop()
            if path in graph.nodes and path not in found:
                found.add(path)
                inputs = graph.nodes[path].inputs
                left += [item.node for refs in (inputs.bundles, *inputs.ports.values()) for item in refs]
        return found

    def _rewired(self, node: CheckedNode) -> Node:
        """Return a node that takes something else where it took from what is left out."""
        ports: dict[str, tuple[Reference, ...]] = {}
        lists = set()
        for port, source in node.inputs.items():
            if isinstance(source, dict):
                ports |= {name: (self._reference(node, ref),) for name, ref in named(port, source)}
                continue
            ports[port] = tuple(self._reference(node, ref) for ref in flatten(source))
            lists |= {port} if isinstance(source, list) else set()
        origins = {port: node.written.inputs.port_origins.get(port, node.written.origin) for port in ports}
        return replace(node.written, inputs=Inputs((), ports, frozenset(lists), {}, origins))

    def _reference(self, node: CheckedNode, ref: Ref) -> Reference:
        found = (self._instead(ref) if ref.node in self._part else ref) or ref
        return Reference(found.node, found.port, str(found), node.places.get(ref, node.written.origin))

    def _instead(self, ref: Ref) -> Ref | None:
        """Return the tensor that takes the place of one that is left out; None if there is none (reported)."""
        while ref.node in self._part:
            part = self._part[ref.node]
            found = self._taken_by(part, ref)
            if found is None:
                type_ = self._checked.type_of(ref)
                message = (
                    f"{part.name} cannot be left out: others take {ref} {type_}, and nothing that it takes "
                    "itself is of that kind"
                )
                self._problems.error(message, part.origin, hint=self._listing(part, ref))
                return None
            ref = found
        return ref

    def _taken_by(self, part: Part, ref: Ref) -> Ref | None:
        """Return what a part takes that can stand for one of its outputs: of equal type, else of another width."""
        node = self._checked.nodes[ref.node]
        column = node.columns().get(ref.port)
        if column is not None:
            return self._taken_by(part, column) if column.node in part.nodes else column
        wanted, candidates = self._checked.type_of(ref), self._entering(part, ref)
        equal = [item for item in candidates if self._checked.type_of(item) == wanted]
        alike = [item for item in candidates if _alike(self._checked.type_of(item), wanted)]
        return next(iter([*equal, *alike]), None)

    def _entering(self, part: Part, ref: Ref) -> list[Ref]:
        """Return what a part takes from outside and an output of it depends on, the nearest first."""
        found: dict[Ref, None] = {}
        within = [ref.node]
        for path in within:
            for source in self._checked.nodes[path].sources():
                if source.node not in part.nodes:
                    found[source] = None
                elif source.node not in within:
                    within.append(source.node)
        return list(found)

    def _listing(self, part: Part, ref: Ref) -> str:
        entering = (f"{item} {self._checked.type_of(item)}" for item in self._entering(part, ref))
        return f"it takes {', '.join(entering) or 'nothing'}"


def _alike(first: TensorType, second: TensorType) -> bool:
    """Say whether two tensors have the same rows and another width."""
    if first.dtype != second.dtype or len(first.axes) != len(second.axes) or len(first.axes) < 2:
        return False
    return first.axes[:-1] == second.axes[:-1] and not any(
        isinstance(type_.axes[-1], Axis) for type_ in (first, second)
    )
