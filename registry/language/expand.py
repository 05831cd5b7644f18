"""Expands a document into a flat graph: loops unrolled, sub-graphs included, every `${...}` and reference resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from registry.errors import Origin, Problems
from registry.language import entries
from registry.language.document import Document
from registry.language.graph import Graph, Group, Node, Reference, SubGraph, Wires
from registry.language.interpolation import Interpolator
from registry.language.loops import loop_body, loop_items, open_loop, passes
from registry.language.nodes import NodeReader, Pending
from registry.language.references import References
from registry.language.scope import Dropped, Forward, Handed, NodeEntry, Scope
from registry.language.subgraphs import open_subgraph, prune
from registry.language.unused import report_unused
from registry.language.value import Value, empty_mapping
from registry.language.wires import BUNDLE

IsLoader = Callable[[str], bool]


def expand(document: Document, is_loader: IsLoader, problems: Problems) -> Graph:
    """Return the expanded graph of a document; `is_loader` says of a block's name whether it is a loader."""
    graph = Graph(
        document.text("name", "graph"), document.text("description", ""), document.file, {}, {}, document.config
    )
    before = len(problems.errors)
    expander = Expander(document, graph, is_loader, problems)
    expander.declare(Scope())
    expander.finish()
    graph.broken = graph.broken or len(problems.errors) > before
    graph.outputs = expander.outputs
    if not graph.broken:
        graph.config = expander.resolved_config()
    graph.files = tuple(dict.fromkeys(expander.files))
    return graph


@dataclass
class Expander:
    """Expands one document into `graph`; a sub-graph gets an expander of its own, whose `root` scope has a prefix."""

    document: Document
    graph: Graph
    is_loader: IsLoader
    problems: Problems
    handed: Handed | None = None
    """For a sub-graph: what takes the place of its loader."""
    trainable: bool = True
    stack: tuple[str, ...] = ()
    """The graph files being included, outermost first."""
    outputs: dict[str, Reference] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.options = Interpolator(self.document.config, self.problems)
        self.references = References(self.problems)
        self.files = list(self.document.files)
        self.stack = (*self.stack, self.document.file)
        self._pending: list[Pending | tuple[Expander, str, Value]] = []
        self._root = Scope()
        defaults = self._read_defaults()
        self._nodes = NodeReader(self.options, self.references, self.problems, defaults, self.trainable)

    def declare(self, root: Scope) -> None:
        """Name every node, unrolling loops and opening sub-graphs; nothing is wired yet."""
        self._root = root
        blocks = self.document.section("blocks")
        if blocks is None or not blocks.data:
            place = blocks.origin if blocks else Origin(self.document.file, 1, 1)
            self.problems.error("the graph has no nodes", place, hint="write at least one node under `blocks:`")
            self.graph.broken = True
        elif isinstance(blocks.data, dict):
            self._declare_all(blocks, root)

    def finish(self) -> None:
        """Resolve parameters and references of every node, then report options nobody read."""
        for item in self._pending:
            if not isinstance(item, Pending):
                self._finish_subgraph(*item)
            elif node := self._nodes.read(item):
                self.graph.nodes[item.path] = node
            else:
                self.graph.broken = True
        outputs = self.document.section("outputs")
        if outputs and isinstance(outputs.data, dict):
            for name, value in outputs.data.items():
                self._finish_output(name, value)
        report_unused(self.document.config, self.options.read, self.problems)

    def resolved_config(self) -> Value:
        """Return the configuration with every `${...}` in it resolved."""
        return self.options.resolve(self.document.config) or self.document.config

    def _read_defaults(self) -> dict[str, Value]:
        defaults = self.document.section("defaults")
        if defaults is None or not isinstance(defaults.data, dict):
            return {}
        self.graph.defaults.update(defaults.keys)
        resolved = {name: self.options.resolve(value, node="defaults") for name, value in defaults.data.items()}
        return {name: value for name, value in resolved.items() if value is not None}

    def _declare_all(self, blocks: Value, scope: Scope) -> None:
        assert isinstance(blocks.data, dict)
        for name, entry in blocks.data.items():
            path = f"{scope.prefix}{name}"
            kind = entries.kind_of(name, entry, path, self.problems)
            if kind is None:
                # Named all the same: references to it are not missing, only not to be followed.
                scope.names[name] = NodeEntry(path)
                self.graph.broken = True
            elif self._is_off(entry, path, scope):
                self._switch_off(name, entry, path, scope)
            elif kind == "node":
                self._declare_node(name, entry, scope, blocks.keys.get(name, entry.origin))
            elif kind == "loop":
                self._declare_loop(name, entry, path, scope)
            else:
                self._declare_subgraph(name, entry, path, scope)

    def _is_off(self, entry: Value, path: str, scope: Scope) -> bool:
        assert isinstance(entry.data, dict)
        written = entry.data.get("when")
        if written is None:
            return False
        value = self.options.resolve(written, scope.variables, path)
        if value is None:
            return False
        if not isinstance(value.data, bool):
            received = f"{value.plain()!r} ({type(value.plain()).__name__})"
            self.problems.error(f"`when`: expected true or false, received {received}", value.origin, path)
            return False
        return not value.data

    def _switch_off(self, name: str, entry: Value, path: str, scope: Scope) -> None:
        assert isinstance(entry.data, dict)
        self.options.touch(entry, scope.variables)
        otherwise = entry.data.get("otherwise")
        scope.names[name] = Forward(otherwise, scope) if otherwise else Dropped(path, entry.keys["when"])

    def _declare_node(self, name: str, entry: Value, scope: Scope, place: Origin) -> None:
        assert isinstance(entry.data, dict)
        path = f"{scope.prefix}{name}"
        if self.handed and scope is self._root:
            use = self.options.resolve(entry.data["use"], scope.variables, path)
            if use and isinstance(use.data, str) and self.is_loader(use.data):
                self.options.touch(entry, scope.variables)
                scope.names[name] = self.handed
                return
        scope.names[name] = NodeEntry(path)
        self._pending.append(Pending(path, entry, scope, place))

    def _declare_loop(self, name: str, entry: Value, path: str, scope: Scope) -> None:
        loop = open_loop(entry, path, scope, self.problems)
        scope.names[name] = loop
        items = loop_items(loop, entry, self.options, self.problems)
        body = loop_body(loop, entry, self.problems)
        if items is None or body is None:
            self.graph.broken = True
            return
        if not items:
            self.options.touch(body, scope.variables)
        for inner in passes(loop, entry, items, self.problems):
            self._declare_all(body, inner)

    def _declare_subgraph(self, name: str, entry: Value, path: str, scope: Scope) -> None:
        assert isinstance(entry.data, dict)
        scope.names[name] = NodeEntry(path)
        opened = open_subgraph(entry, path, scope, self.options, self.stack, self.problems)
        if opened is None:
            self.graph.broken = True
            return
        trainable = opened.trainable and self.trainable
        self.graph.subgraphs[path] = SubGraph(
            path, opened.document.file, opened.weights, opened.weights_origin, trainable
        )
        handed = Handed(entry.data.get("in"), scope, path)
        inner = Expander(opened.document, self.graph, self.is_loader, self.problems, handed, trainable, self.stack)
        group = Group(path, None, 1)
        inner.declare(Scope(f"{path}.", None, {}, (*scope.groups, group)))
        self.files += inner.files
        self._pending.append((inner, path, entry))

    def _finish_subgraph(self, inner: Expander, path: str, entry: Value) -> None:
        before = set(self.graph.nodes)
        inner.finish()
        whole = tuple(reference for name, reference in inner.outputs.items() if name == BUNDLE)
        ports: dict[str, tuple[Reference, ...]] = {
            name: (reference,) for name, reference in inner.outputs.items() if name != BUNDLE
        }
        origins = {name: reference.origin for name, reference in inner.outputs.items()}
        if not inner.outputs:
            hint = "give the included graph `outputs:`"
            self.problems.error(
                f"{inner.document.file} has no outputs: nothing comes out of it", entry.origin, path, hint
            )
        if not inner.trainable:
            prune(self.graph, before, inner.outputs.values())
        wires = Wires(whole, ports, port_origins=origins)
        groups = inner._root.groups[:-1]
        empty = empty_mapping(entry.origin)
        self.graph.nodes[path] = Node(path, "bundle", entry.origin, entry.origin, wires, empty, groups, inner.trainable)

    def _finish_output(self, name: str, value: Value) -> None:
        resolved = self.options.resolve(value, (), "outputs")
        found = self.references.resolve(resolved, self._root, "outputs") if resolved else None
        if found is None:
            self.graph.broken = True
        elif len(found) != 1:
            message = f"output {name!r}: expected one tensor, received {len(found)}"
            self.problems.error(message, value.origin, "outputs")
        else:
            self.outputs[name] = found[0]
