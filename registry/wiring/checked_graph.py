"""The checked DAG: nodes with validated blocks, every input traced to the tensor it takes, every output typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TYPE_CHECKING, Any, NamedTuple

from registry.contract.axes import TensorType
from registry.contract.block import Block, Weights
from registry.contract.errors import Origin, Problem
from registry.contract.records import record
from registry.contract.secrets import shown_settings
from registry.language.graph import Graph, Node
from registry.language.value import named_texts, with_names

if TYPE_CHECKING:
    import networkx as nx

    from registry.loading.blocks import Registry


class Ref(NamedTuple):
    """One tensor: an output port of a node."""

    node: str
    port: str

    def __str__(self) -> str:
        return f"{self.node}.{self.port}"


PortSource = Ref | list[Ref] | dict[str, Ref]
"""What an input port takes: one tensor, a list of them (`many`), or named ones (`rest`)."""


@record(frozen=False)
class CheckedNode:
    """A node with its block, the source of every input, and the types on both sides."""

    written: Node
    block: Block
    inputs: dict[str, PortSource] = field(default_factory=dict)
    input_types: dict[str, Any] = field(default_factory=dict)
    types: dict[str, TensorType] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    places: dict[Ref, Origin] = field(default_factory=dict)
    """Where each tensor that the node takes was chosen."""
    bundled: frozenset[str] = frozenset()
    """The inputs that a bundle has filled by their names; of a `rest` port the columns."""
    open_offers: dict[str, Ref] = field(default_factory=dict)
    """What a bundle offers to optional inputs that are not named, and so stay open."""

    @property
    def may_learn(self) -> bool:
        """It holds trainable weights, or may: where its block does not say, they are counted when it is compiled."""
        return bool(self.weights.trainable) or not self.weights.known

    def __repr__(self) -> str:
        outputs = ", ".join(f"{port}: {type_}" for port, type_ in self.types.items())
        return f"<CheckedNode {self.written.path}: {self.block.name} -> {outputs or 'no outputs'}>"

    def shown_parameters(self, without: Iterable[str] = ()) -> dict[str, Any]:
        """Return the parameters, defaults included, as they are shown and logged.

        What came from the environment stands by its name, and there are no passwords. `without`: names of fields that
        are left out.
        """
        written = self.written.params
        named = with_names(self.block.plain_parameters(without), written, list(named_texts(written)))
        return dict(shown_settings(named))

    def sources(self) -> list[Ref]:
        """Return every tensor the node takes, in the order of its ports."""
        return [ref for _, ref in self.wires()]

    def sources_of(self, output: str) -> Iterator[tuple[str, Ref]]:
        """Yield what an output is computed from: all inputs, but of the columns that are handed on the one of its name.

        A block hands on the columns of its `rest` port, each under its name; an output of a name that neither a column
        nor a port of the block has may be made of any of them.
        """
        unnamed = output not in self.columns() and all(port.name != output for port in self.block.outputs)
        for port, source in self.inputs.items():
            for name, ref in named(port, source):
                if not isinstance(source, dict) or name == output or (unnamed and output in self.types):
                    yield name, ref

    def columns(self) -> dict[str, Ref]:
        """Return what the node hands on by name: the tensors of its `rest` port."""
        return {
            name: ref for source in self.inputs.values() if isinstance(source, dict) for name, ref in source.items()
        }

    def wires(self) -> Iterator[tuple[str, Ref]]:
        """Yield every input with a tensor it takes; the columns of a `rest` port by their own names."""
        for port, source in self.inputs.items():
            yield from named(port, source)


@record(frozen=False)
class CheckedGraph:
    """A checked graph; `nodes` are in an order in which every node follows its sources."""

    expanded: Graph
    registry: Registry
    nodes: dict[str, CheckedNode]
    outputs: dict[str, Ref]
    warnings: list[Problem] = field(default_factory=list)
    address: str = ""
    """The run that it was opened from, "run:ID"; empty for a graph of files."""

    @property
    def loader(self) -> CheckedNode:
        """The graph's one loader; raises ValueError if there is none, or more than one."""
        (loader,) = [node for node in self.nodes.values() if node.block.kind == "loader"]
        return loader

    @property
    def block_names(self) -> set[str]:
        """The names of all blocks that have a part in the graph, those that its loaders name included."""
        blocks = [node.block for node in self.nodes.values()]
        named = [item for block in blocks for item in getattr(block, "augmentations", ())]
        return {block.name for block in (*blocks, *named)}

    @property
    def trainable(self) -> int:
        """The number of weights that training changes."""
        return sum(node.weights.trainable for node in self.nodes.values() if node.written.trainable)

    @property
    def uncounted(self) -> list[str]:
        """The nodes whose weights are counted when the graph is compiled, and not before."""
        return [path for path, node in self.nodes.items() if not node.weights.known]

    @property
    def dag(self) -> nx.DiGraph:
        """The nodes by path, with an edge from each to those that take something of it."""
        import networkx as nx

        dag = nx.DiGraph()
        dag.add_nodes_from(self.nodes)
        dag.add_edges_from((ref.node, path) for path, node in self.nodes.items() for ref in node.sources())
        return dag

    def ancestors(self, refs: Iterable[Ref]) -> list[str]:
        """Return the nodes that the given tensors depend on, their own nodes included, in order."""
        wanted = {ref.node for ref in refs}
        for path in reversed(self.nodes):
            if path in wanted:
                wanted.update(ref.node for ref in self.nodes[path].sources())
        return [path for path in self.nodes if path in wanted]

    def type_of(self, ref: Ref) -> TensorType:
        """Return the type of a tensor."""
        return self.nodes[ref.node].types[ref.port]


def named(port: str, source: PortSource) -> Iterable[tuple[str, Ref]]:
    """Return the tensors an input port takes, each by the port's name, or by its own if it is one of named ones."""
    return source.items() if isinstance(source, dict) else [(port, ref) for ref in flatten(source)]


def flatten(source: PortSource) -> list[Ref]:
    """Return the tensors an input port takes."""
    if isinstance(source, Ref):
        return [source]
    return list(source.values()) if isinstance(source, dict) else list(source)
