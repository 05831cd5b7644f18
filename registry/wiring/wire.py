"""Checks an expanded graph: blocks, parameters, wires, symbolic shapes; everything wrong is reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from registry.axes import AxisMismatch, Bindings, TensorType
from registry.block import Block, Port
from registry.errors import Origin, Problems
from registry.language.graph import Graph, Node, Reference
from registry.language.wires import BUNDLE
from registry.manager import Registry
from registry.wiring.order import build_dag, ordered
from registry.wiring.parameters import validate
from registry.wiring.ports import PortWiring, listing
from registry.wiring.wiring import Ref, Wire, WiredNode, Wiring


def wire(graph: Graph, registry: Registry, problems: Problems) -> Wiring:
    """Return the wiring of a graph; it is complete only if `problems` holds no error afterwards."""
    for default in graph.defaults:
        kind = registry.find(default.block)
        if kind is not None and default.params.data is not None:
            validate(kind.Params, default.params, "defaults", problems, default.block, partial=True)
        elif kind is None and not registry.incomplete:
            hint = registry.suggest(default.block)
            problems.error(f"`defaults`: there is no block {default.block!r}", default.origin, hint=hint)
    return _Wirer(graph, registry, problems).run()


class _WrongInput(Exception):
    """An input does not have the shape or the dtype its port asks for; `place`: where it was written."""

    def __init__(self, message: str, place: Origin | None) -> None:
        super().__init__(message)
        self.place = place


class _Wirer:
    def __init__(self, graph: Graph, registry: Registry, problems: Problems) -> None:
        self.graph, self.registry, self.problems = graph, registry, problems
        self.outputs: dict[str, dict[str, TensorType] | None] = {}
        self.defaults: dict[str, str] = {}
        self.nodes: dict[str, WiredNode] = {}

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
        block = self._block(node)
        if block is None:
            return
        wiring = PortWiring(node, block, self.outputs, self.problems)
        inputs = wiring.wire(self.defaults)
        if wiring.broken:
            return
        wired = WiredNode(node, block, inputs)
        types = self._types(wired, wiring.places)
        if types is None:
            return
        wired.types = types
        wired.weights = block.weights(wired.input_types, types)
        self.nodes[node.path] = wired
        self.outputs[node.path] = types
        for port in block.outputs:
            if port.default and port.name in types:
                self.defaults[node.path] = port.name

    def _block(self, node: Node) -> Block | None:
        kind = self.registry.find(node.use)
        if kind is None and self.registry.incomplete:
            return None
        if kind is None:
            hint = self.registry.suggest(node.use)
            self.problems.error(f"there is no block {node.use!r}", node.use_origin, node.path, hint)
            return None
        params = validate(kind.Params, node.params, node.path, self.problems, node.use)
        if params is None:
            return None
        block = kind(params)
        complaints = list(block.check())
        for complaint in complaints:
            path = complaint.parameter.split(".") if complaint.parameter else []
            origin = node.params.nearest(_steps(path)).origin
            self.problems.error(complaint.message, origin, node.path, complaint.hint)
        return block

    def _types(self, wired: WiredNode, places: Mapping[Ref, Origin]) -> dict[str, TensorType] | None:
        """Match every input with its port's pattern, and ask the block for the types of its outputs.

        `places`: where each tensor the node takes was written.
        """
        params = {name: getattr(wired.block.params, name) for name in type(wired.block.params).model_fields}
        bindings = Bindings(params)
        try:
            for port in wired.block.inputs:
                if port.name in wired.inputs:
                    wired.input_types[port.name] = self._match(port, wired.inputs[port.name], bindings, places)
            return wired.block.output_types(wired.input_types, bindings, wired.node.path)
        except _WrongInput as error:
            self.problems.error(str(error), error.place or wired.node.origin, wired.node.path)
        except AxisMismatch as error:
            place = wired.node.wires.port_origins.get("", wired.node.origin)
            self.problems.error(str(error), place, wired.node.path)
        return None

    def _match(self, port: Port, wire: Wire, bindings: Bindings, places: Mapping[Ref, Origin]) -> Any:
        if isinstance(wire, dict):
            return {name: self._type_of(ref) for name, ref in wire.items()}
        if isinstance(wire, list):
            return [self._match_one(port, ref, bindings, places) for ref in wire]
        return self._match_one(port, wire, bindings, places)

    def _match_one(self, port: Port, ref: Ref, bindings: Bindings, places: Mapping[Ref, Origin]) -> TensorType:
        type_ = self._type_of(ref)
        if port.dtype != "any" and type_.dtype != port.dtype:
            message = f"input {port.name!r}: expected dtype {port.dtype}, received {type_} from {str(ref)!r}"
            raise _WrongInput(message, places.get(ref))
        try:
            bindings.match(port.pattern, type_, str(ref))
        except AxisMismatch as error:
            raise _WrongInput(f"input {port.name!r}: {error}", places.get(ref)) from None
        return type_

    def _type_of(self, ref: Ref) -> TensorType:
        types = self.outputs[ref.node]
        assert types is not None
        return types[ref.port]

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
