"""Checks an expanded graph: blocks, parameters, inputs, symbolic shapes; everything wrong is reported at once."""

from __future__ import annotations

from collections.abc import Collection

from registry.configuration.parameters import validate
from registry.contract.block import NO_NODES, Block, BlockParams, Complaint, Weights
from registry.contract.errors import Problems
from registry.contract.failures import PluginFault
from registry.contract.loader import Loader
from registry.language.graph import Default, Graph, Node, Reference
from registry.language.inputs import BUNDLE
from registry.loading.blocks import Registry
from registry.loading.installed import BUILTIN
from registry.loading.layer_files import layer_fault
from registry.wiring.asking import Asked, made
from registry.wiring.augmentations import made_augmentations
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, Ref
from registry.wiring.loaders import check_outputs, missing_files
from registry.wiring.order import node_order
from registry.wiring.ports import PortSources, listing
from registry.wiring.shapes import Shapes, WrongInput
from registry.wiring.truth import report_truth


def check_nodes(graph: Graph, registry: Registry, problems: Problems) -> CheckedGraph:
    """Return the checked graph; it is complete only if `problems` holds no error afterwards."""
    for default in graph.defaults:
        kind = registry.find(default.block)
        if kind is not None:
            kinds = {found.kind for name in default.chosen if (found := registry.find(name))}
            _check_default(default, kind, kind.kind in kinds, problems)
        elif kind is None and not registry.incomplete:
            hint = registry.suggest(default.block)
            problems.error(f"`defaults`: there is no block {default.block!r}", default.origin, hint=hint)
    return _Checker(graph, registry, problems).run()


def _check_default(default: Default, kind: type[Block], may_be_chosen: bool, problems: Problems) -> None:
    before = len(problems.errors)
    if default.params.data is not None:
        validate(kind.Params, default.params, f"defaults.{default.block}", problems, default.block, partial=True)
    if not default.used and not may_be_chosen and len(problems.errors) == before:
        message = f"`defaults`: no node of this graph uses the block {default.block!r}"
        problems.error(message, default.origin, hint="remove the entry, or use the block")


class _Checker:
    def __init__(self, graph: Graph, registry: Registry, problems: Problems) -> None:
        self.graph, self.registry, self.problems = graph, registry, problems
        self.outputs: dict[str, Collection[str] | None] = {}
        """The names of every node's outputs; None where something is wrong with it, and only its types would tell."""
        self.defaults: dict[str, str] = {}
        self.nodes: dict[str, CheckedNode] = {}
        self.blamed: set[str] = set()
        """Nodes whose blocks complain of their parameters."""

    def run(self) -> CheckedGraph:
        for path in node_order(self.graph, self.problems):
            self._add(self.graph.nodes[path])
        outputs: dict[str, Ref] = {}
        for name, item in self.graph.outputs.items():
            # A whole node, with the truth on it, is for graphs that include this one: the model has what is named.
            if name != BUNDLE and (ref := self._output(name, item)):
                outputs[name] = ref
        checked = CheckedGraph(self.graph, self.registry, self.nodes, outputs)
        report_truth(checked, self.problems)
        if not self.problems.errors and not self.graph.broken:
            self._report_dead_nodes(checked)
        return checked

    def _add(self, node: Node) -> None:
        self._presume(node)
        try:
            self._add_block(node)
        except WrongInput as error:
            # A block whose parameters are wrong may ask for what it does not mean.
            if node.path not in self.blamed:
                self.problems.error(str(error), error.place, node.path)
        except PluginFault as fault:
            if node.path not in self.blamed:
                fault.report(self.problems, node.origin, node.path)

    def _add_block(self, node: Node) -> None:
        """Find the sources of a node's inputs and infer its types; raise WrongInput if they do not fit."""
        asked = self._block(node)
        if asked is None:
            return
        block = asked.block
        checked = PortSources(node, block, self.outputs, self.problems)
        inputs = checked.connect(self.defaults, asked.required_inputs())
        checked_node = CheckedNode(node, block, inputs)
        shapes = Shapes(self.nodes, checked.places)
        bindings, faults = shapes.match(checked_node)
        for fault in faults if node.path not in self.blamed else ():
            self.problems.error(str(fault), fault.place, node.path)
        if faults or checked.broken or any(ref.node not in self.nodes for ref in checked_node.sources()):
            return
        checked_node.places = checked.culprits
        checked_node.bundled, checked_node.open_offers = frozenset(checked.bundled), checked.offered
        checked_node.types = shapes.infer(checked_node, asked, bindings)
        if block.kind == "loader":
            check_outputs(block, checked_node.types)
        sides = checked_node.input_types, checked_node.types
        checked_node.weights = asked.weights(*sides)
        # What these say is asked for later, by commands that expect a graph without faults.
        asked.multiply_adds(*sides)
        asked.inner_values(*sides)
        asked.parameters()
        if node.stored_as and checked_node.weights == Weights():
            message = f"`weights` without effect: the block {node.use!r} holds none"
            self.problems.error(message, node.origin, node.path)
        self.nodes[node.path] = checked_node
        self.outputs[node.path] = checked_node.types
        for port in block.outputs:
            if port.default and port.name in checked_node.types:
                self.defaults[node.path] = port.name

    def _presume(self, node: Node) -> None:
        """Note the outputs that a node has whatever is wrong with it, so that what stands behind it can be checked."""
        kind = self.registry.find(node.use) or self.registry.meant(node.use)
        self.outputs[node.path] = None
        if kind is not None and _has_fixed_outputs(kind):
            self.outputs[node.path] = [port.name for port in kind.outputs]
            for port in kind.outputs:
                if port.default:
                    self.defaults[node.path] = port.name

    def _block(self, node: Node) -> Asked | None:
        kind = self.registry.find(node.use) or self._misspelt(node)
        if kind is None:
            return None
        if kind.kind in NO_NODES:
            message = f"the {kind.kind} {node.use!r} is no node of a graph: {NO_NODES[kind.kind]}"
            self.problems.error(message, node.origin, node.path)
            return None
        params = validate(kind.Params, node.params, node.path, self.problems, node.use, node.unresolved)
        if params is None or node.unresolved:
            # Inputs do not depend on parameters: what is wrong with them is said at once.
            PortSources(node, kind, self.outputs, self.problems).connect(self.defaults)
            return None
        self._check_layer(kind, node)
        asked = made(kind, params, self.registry.provider(node.use))
        if isinstance(asked.block, Loader) and (uses := getattr(params, "augmentation", None)):
            found = made_augmentations(uses, node, self.registry, self.problems)
            if found is None:
                self.blamed.add(node.path)
                return None
            asked.block.augmentations = found
        for complaint in _complaints(asked, params):
            self.blamed.add(node.path)
            steps = _steps(complaint.parameter.split(".") if complaint.parameter else [])
            place = node.params.key_origin(steps) if complaint.in_name else node.params.nearest(steps).origin
            self.problems.error(complaint.message, place, node.path, complaint.hint)
        return asked

    def _check_layer(self, kind: type[Block], node: Node) -> None:
        """Report a plugin's block whose Keras layer is not where it says."""
        provider = self.registry.provider(node.use)
        fault = layer_fault(kind) if provider != BUILTIN else None
        if fault is not None:
            place = fault.origin.used_at(node.use_origin) if fault.origin else node.use_origin
            message = f"block {kind.name!r} of the plugin {provider!r}: {fault.message}"
            self.problems.error(message, place, node.path, fault.hint)

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
        port = reference.port or self.defaults.get(reference.node, next(iter(types)) if len(types) == 1 else "")
        if port in types:
            return Ref(reference.node, port) if reference.node in self.nodes else None
        message = f"output {name!r}: {reference.text!r} is not one tensor"
        if reference.port:
            message = f"output {name!r}: {reference.node!r} has no output {reference.port!r}"
        self.problems.error(message, reference.origin, "outputs", listing(types))
        return None

    def _report_dead_nodes(self, checked: CheckedGraph) -> None:
        """Warn of nodes that no output and no sink depends on: they are left out of every model."""
        sinks = [path for path, node in checked.nodes.items() if node.block.kind in ("loss", "monitor")]
        alive = set(checked.ancestors([*checked.outputs.values(), *(Ref(path, "") for path in sinks)]))
        for path, node in checked.nodes.items():
            if path not in alive and node.block.kind != "loader":
                hint = "wire it to something, name it under `outputs:`, or remove it"
                message = f"the node feeds nothing: no output, loss or monitor depends on block {node.block.name!r}"
                self.problems.warning(message, node.written.origin, path, hint)


def _complaints(asked: Asked, params: BlockParams) -> list[Complaint]:
    """Return what a block says of its parameters and, of those of a loader, which name a file that is not there."""
    found = asked.complaints()
    if asked.block.kind == "loader":
        said = {complaint.parameter for complaint in found}
        found += [complaint for complaint in missing_files(params) if complaint.parameter not in said]
    return found


def _has_fixed_outputs(kind: type[Block]) -> bool:
    """Say whether the outputs that a block declares are those it has, whatever it takes and its parameters are."""
    if kind.output_types is Block.output_types:
        return bool(kind.outputs)
    return len(kind.outputs) == 1 and kind.kind != "loader" and not any(port.rest for port in kind.inputs)


def _steps(path: list[str]) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in path]
