"""Holds blocks to what a `rest` port means: a column of truth is handed on, and nothing else is computed from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.compiling.layers import by_port, call_layer, frozen_options
from registry.contract.axes import Axis
from registry.contract.errors import InputError, Problem
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, PortSource, Ref
from registry.wiring.truth import truth_of

SHAPE_OPERATIONS = ("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike")
"""Operations whose result does not depend on the values of their inputs."""

HINT = (
    "the columns of a `rest` port are handed on, each under its name; what is computed with needs a port of its own:\n"
    "this is a fault of the plugin"
)


def verify_handing_on(checked: CheckedGraph, layers: Mapping[str, keras.layers.Layer]) -> None:
    """Raise InputError for every output that is computed from a column of truth which its block only hands on.

    What an operation with a function inside it computes (a loop, a branch) is not looked into.
    """
    truth = truth_of(checked).all
    problems = []
    for path, layer in layers.items():
        node = checked.nodes[path]
        columns = {name for name, ref in node.columns().items() if ref in truth}
        outputs = [port for port in node.types if Ref(path, port) not in truth]
        if columns and outputs:
            for port, column in _mixed(checked, node, layer, columns, outputs):
                message = f"output {port!r} is computed from the column {column!r}, which is truth"
                block = f"(block {node.block.name!r})"
                problems.append(Problem(f"{message} {block}", node.written.origin, path, HINT))
    if problems:
        raise InputError(problems)


def _mixed(
    checked: CheckedGraph, node: CheckedNode, layer: keras.layers.Layer, columns: set[str], outputs: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield outputs with the columns that they are computed from, found in the operations of the layer's call."""
    path = node.written.path
    specs = {port: _specs(source, checked) for port, source in node.inputs.items()}
    entered: dict[Any, str] = {}

    def call(values: dict[str, Any]) -> dict[str, Any]:
        entered.update(
            (tensor.op, name)
            for value in values.values()
            if isinstance(value, dict)
            for name, tensor in value.items()
            if name in columns
        )
        result = call_layer(path, node, layer, values, **frozen_options(layer, node))
        found = by_port(path, node, layer, result)
        return {ref.port: found[ref] for ref in found if ref.port in outputs}

    # Traced as the steps are: without conversion of Python's control flow.
    results = tf.function(call, autograph=False).get_concrete_function(specs).structured_outputs
    for port, tensor in results.items():
        for name in sorted({entered[operation] for operation in _behind(tensor.op) if operation in entered}):
            yield port, name


def _behind(operation: Any) -> set[Any]:
    """Return an operation, and all whose values it is computed from."""
    pending, found = [operation], set()
    while pending:
        item = pending.pop()
        if item in found:
            continue
        found.add(item)
        if item.type not in SHAPE_OPERATIONS and not any(value.func.name for value in item.node_def.attr.values()):
            pending += [tensor.op for tensor in item.inputs]
    return found


def _specs(source: PortSource, checked: CheckedGraph) -> Any:
    if isinstance(source, dict):
        return {name: _specs(ref, checked) for name, ref in source.items()}
    if isinstance(source, list):
        return [_specs(ref, checked) for ref in source]
    type_ = checked.type_of(source)
    return tf.TensorSpec([None if isinstance(axis, Axis) else axis for axis in type_.axes], type_.dtype)
