"""Checks an expanded graph: blocks, parameters, wires, symbolic shapes; everything wrong is reported at once."""

from __future__ import annotations

import networkx as nx

from registry.axes import TensorType
from registry.block import Block
from registry.errors import Problems
from registry.importing import own_traceback
from registry.language.graph import Graph, Node, Reference
from registry.language.wires import BUNDLE
from registry.manager import Registry
from registry.wiring.order import build_dag, ordered
from registry.wiring.parameters import validate
from registry.wiring.ports import PortWiring, listing
from registry.wiring.shapes import Shapes, WrongInput
from registry.wiring.wiring import Ref, WiredNode, Wiring


def wire(graph: Graph, registry: Registry, problems: Problems) -> Wiring:
    """Return the wiring of a graph; it is complete only if `problems` holds no error afterwards."""
    for default in graph.defaults:
        kind = registry.find(default.block)
        if kind is not None and default.params.data is not None:
            validate(kind.Params, default.params, f"defaults.{default.block}", problems, default.block, partial=True)
        elif kind is None and not registry.incomplete:
            hint = registry.suggest(default.block)
            problems.error(f"`defaults`: there is no block {default.block!r}", default.origin, hint=hint)
    return _Wirer(graph, registry, problems).run()


class _Wirer:
    def __init__(self, graph: Graph, registry: Registry, problems: Problems) -> None:
        self.graph, self.registry, self.problems = graph, registry, problems
        self.outputs: dict[str, dict[str, TensorType] | None] = {}
        self.defaults: dict[str, str] = {}
        self.nodes: dict[str, WiredNode] = {}
        self.blamed: set[str] = set()
        """Nodes whose blocks complain of their parameters."""

    def run(self) -> Wiring:
        dag = build_dag(self.graph, self.problems)
        for path in ordered(dag):
            self._add(self.graph.nodes[path])
        outputs: dict[str, Ref] = {}
        for name, item in self.graph.outputs.items():
            # A whole node, with the truth on it, is for graphs that include this one: the model has what is named.
            if name != BUNDLE and (ref := self._output(name, item)):
                outputs[name] = ref
        final = nx.DiGraph()
        final.add_nodes_from(self.nodes)
        final.add_edges_from((ref.node, path) for path, wired in self.nodes.items() for ref in wired.sources())
        nodes = {path: self.nodes[path] for path in ordered(final)}
        wiring = Wiring(self.graph, self.registry, final, nodes, outputs)
        if not self.problems.errors and not self.graph.broken:
            self._report_dead_nodes(wiring)
        return wiring

    def _add(self, node: Node) -> None:
        self.outputs[node.path] = None
        try:
            self._add_block(node)
        except WrongInput as error:
            # A block whose parameters are wrong may ask for what it does not mean.
            if node.path not in self.blamed:
                self.problems.error(str(error), error.place, node.path)
        except Exception:
            if node.path in self.blamed:
                return
            message = f"block {node.use!r} of the plugin {self.registry.provider(node.use)!r} failed in this check"
            self.problems.error(message, node.origin, node.path, own_traceback())

    def _add_block(self, node: Node) -> None:
        """Wire a node and infer its types; raise WrongInput if they do not fit."""
        block = self._block(node)
        if block is None:
            return
        wiring = PortWiring(node, block, self.outputs, self.problems)
        inputs = wiring.wire(self.defaults)
        if wiring.broken:
            return
        wired = WiredNode(node, block, inputs)
        wired.types = Shapes(self.outputs, wiring.places).infer(wired)
        wired.weights = block.weights(wired.input_types, wired.types)
        self.nodes[node.path] = wired
        self.outputs[node.path] = wired.types
        for port in block.outputs:
            if port.default and port.name in wired.types:
                self.defaults[node.path] = port.name

    def _block(self, node: Node) -> Block | None:
        kind = self.registry.find(node.use) or self._misspelt(node)
        if kind is None:
            return None
        params = validate(kind.Params, node.params, node.path, self.problems, node.use)
        if params is None:
            # Wires do not depend on parameters: what is wrong with them is said at once.
            PortWiring(node, kind, self.outputs, self.problems).wire(self.defaults)
            return None
        block = kind(params)
        for complaint in block.check():
            self.blamed.add(node.path)
            steps = _steps(complaint.parameter.split(".") if complaint.parameter else [])
            place = node.params.key_origin(steps) if complaint.in_name else node.params.nearest(steps).origin
            self.problems.error(complaint.message, place, node.path, complaint.hint)
        return block

    def _misspelt(self, node: Node) -> type[Block] | None:
        """Report a block that does not exist; return the one that was surely meant, to check the rest of the node."""
        meant = self.registry.meant(node.use)
        if meant or not self.registry.incomplete:
            hint = self.registry.suggest(node.use)
            self.problems.error(f"there is no block {node.use!r}", node.use_origin, node.path, hint)
        return meant

    def _output(self, name: str, reference: Reference) -> Ref | None:
        """Return the tensor behind one of the graph's `outputs`."""
        types = self.outputs.get(reference.node)
        if types is None:
            return None
        if reference.port in types:
            return Ref(reference.node, reference.port)
        if not reference.port and len(types) == 1:
            return Ref(reference.node, next(iter(types)))
        if not reference.port and reference.node in self.defaults:
            return Ref(reference.node, self.defaults[reference.node])
        message = f"output {name!r}: {reference.text!r} is not one tensor"
        if reference.port:
            message = f"output {name!r}: {reference.node!r} has no output {reference.port!r}"
        self.problems.error(message, reference.origin, "outputs", listing(types))
        return None

    def _report_dead_nodes(self, wiring: Wiring) -> None:
        """Warn of nodes that no output and no sink depends on: they are left out of every model."""
        sinks = [path for path, wired in wiring.nodes.items() if wired.block.kind in ("loss", "monitor")]
        alive = set(wiring.ancestors([*wiring.outputs.values(), *(Ref(path, "") for path in sinks)]))
        for path, wired in wiring.nodes.items():
            if path not in alive and wired.block.kind != "loader":
                hint = "wire it to something, name it under `outputs:`, or remove it"
                message = f"the node feeds nothing: no output, loss or monitor depends on block {wired.block.name!r}"
                self.problems.warning(message, wired.node.origin, path, hint)


def _steps(path: list[str]) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in path]
