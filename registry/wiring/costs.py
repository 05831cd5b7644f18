"""What a graph costs for a stated number of hits: weights, multiply-adds, memory; nothing is built or allocated.

Memory counts the values that layers hand on and keep (float32, or the dtype declared), not what a framework or an
optimised kernel needs on top; it tells which node is largest, and whether a graph can fit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from registry.contract.axes import Axis, Size, TensorType
from registry.contract.block import Weights
from registry.contract.records import record
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, Ref

BYTES = {"float64": 8, "int64": 8, "float16": 2, "bfloat16": 2, "int8": 1, "uint8": 1, "bool": 1}
"""Bytes per value of the dtypes that do not take four."""

VALUE = 4
"""Bytes of a weight, and of a value inside a block."""

COPIES = 4
"""Each trained weight is there with its gradient and two moments of the optimiser."""


@record
class Load:
    """The size of a batch. An axis that a block makes, by selecting or pooling, counts as long as all hits."""

    hits: int
    events: int

    def length(self, size: Size) -> int:
        """Return the length of an axis."""
        if not isinstance(size, Axis):
            return size
        return (self.events if size.name.startswith("event") else self.hits) + size.offset

    def shape(self, type_: TensorType) -> tuple[int, ...]:
        """Return a shape in numbers."""
        return tuple(self.length(axis) for axis in type_.axes)

    def size(self, type_: TensorType) -> int:
        """Return the bytes of a tensor."""
        return math.prod(self.shape(type_)) * BYTES.get(type_.dtype, VALUE)


@record
class NodeCost:
    """The cost of one node; memory in bytes. `multiply_adds`: forward only, training takes about three times that."""

    path: str
    block: str
    shapes: dict[str, tuple[int, ...]]
    weights: Weights
    multiply_adds: float
    training_memory: int
    inference_memory: int


@record
class Costs:
    """The cost of a graph; memory in bytes.

    `training_memory`: all that is kept until the backward pass, with weights, gradients and moments.
    `inference_memory`: the largest sum of tensors alive at one time, with the weights.
    """

    load: Load
    nodes: list[NodeCost]
    trainable: int
    frozen: int
    multiply_adds: float
    training_memory: int
    inference_memory: int

    @property
    def uncounted(self) -> list[str]:
        """The nodes whose weights are counted when the graph is compiled: they are in no sum."""
        return [node.path for node in self.nodes if not node.weights.known]


def costs(checked: CheckedGraph, load: Load) -> Costs:
    """Return what a graph costs, node by node and in total."""
    losses = [Ref(path, "") for path, node in checked.nodes.items() if node.block.kind == "loss"]
    trained = set(checked.ancestors(losses))
    used = trained | set(checked.ancestors(checked.outputs.values()))
    rows = [node_cost(path, node, load, path in trained) for path, node in checked.nodes.items()]
    trainable = checked.trainable
    values = sum(node.weights.trainable + node.weights.frozen for node in checked.nodes.values())
    kept = sum(row.training_memory for row in rows)
    return Costs(
        load,
        rows,
        trainable,
        values - trainable,
        sum(row.multiply_adds for row in rows if row.path in used),
        kept + VALUE * (values - trainable + COPIES * trainable) if losses else 0,
        _peak(checked, load) + VALUE * values if checked.outputs else 0,
    )


def node_cost(path: str, node: CheckedNode, load: Load, trained: bool = True) -> NodeCost:
    """Return the cost of one node; `trained`: a loss depends on it, so that it keeps values for the backward pass."""
    outputs = sum(load.size(type_) for type_ in node.types.values())
    inner = VALUE * _inner_values(node) * _rows(node, load)
    return NodeCost(
        path,
        node.block.name,
        {port: load.shape(type_) for port, type_ in node.types.items()},
        node.weights,
        node.block.multiply_adds(node.input_types, node.types) * _rows(node, load),
        outputs + inner if trained else 0,
        outputs,
    )


def _inner_values(node: CheckedNode) -> int:
    return node.block.inner_values(node.input_types, node.types)


def _rows(node: CheckedNode, load: Load) -> int:
    """Return the length of the first axis of the node's first output; of its first input, for a sink."""
    types: Mapping[str, object] = node.types or node.input_types
    first = next((type_ for type_ in types.values() if isinstance(type_, TensorType)), None)
    return load.length(first.axes[0]) if first and first.axes else 0


def _peak(checked: CheckedGraph, load: Load) -> int:
    """Return the largest number of bytes alive at once, when nodes run in order and free what nobody needs any more."""
    order = checked.ancestors(checked.outputs.values())
    last: dict[Ref, int] = {}
    for step, path in enumerate(order):
        node = checked.nodes[path]
        for ref in [*node.sources(), *(Ref(path, port) for port in node.types)]:
            last[ref] = step
    for ref in checked.outputs.values():
        last[ref] = len(order)
    alive = peak = 0
    for step, path in enumerate(order):
        node = checked.nodes[path]
        alive += sum(load.size(type_) for type_ in node.types.values())
        peak = max(peak, alive + VALUE * _inner_values(node) * _rows(node, load))
        alive -= sum(load.size(checked.type_of(ref)) for ref, end in last.items() if end == step)
    return peak
