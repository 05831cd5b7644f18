"""Makes what exporters write of a trained model: a function of columns without calls of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from registry.compiling.usable import PYTHON, plain_kernels
from registry.contract.exporter import Exportable, Tensor

HINT = "write the layer with TensorFlow's operations: a call of Python cannot leave this process"


def exportable(model: keras.Model, name: str) -> Exportable:
    """Return a model as exporters write it: its inputs by their ports, one after the other.

    Raises InputError, which names the nodes, for a model with operations that call Python.
    """
    names = plain_names(model)
    outputs = output_names(model)
    keys = list(model.input)

    def call(*columns: Any) -> dict[str, Any]:
        found = model(dict(zip(keys, columns, strict=True)), training=False)
        # An output that hands on an input is a tensor of its own: formats have one name for each.
        return {outputs[key]: tf.identity(value) for key, value in found.items()}

    signature = [tf.TensorSpec(model.input[key].shape, model.input[key].dtype, names[key]) for key in keys]
    traced = tf.function(call, input_signature=signature, autograph=False)
    with plain_kernels():
        graph = traced.get_concrete_function().graph.as_graph_def()
    made = Exportable(
        name,
        traced,
        model,
        tuple(Tensor(names[key], model.input[key].dtype, tuple(model.input[key].shape)) for key in keys),
        tuple(Tensor(outputs[key], value.dtype, tuple(value.shape)) for key, value in model.output.items()),
        tuple(layer.name for layer in model.layers),
    )
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    calls = {node.name: f"it calls Python ({node.op})" for node in nodes if node.op in PYTHON}
    if calls:
        raise made.refused(calls, HINT)
    return made


def plain_names(model: keras.Model) -> dict[str, str]:
    """Return what an export calls the inputs of a model: by their ports, or whole where two ports have one name."""
    ports = [name.rpartition(".")[2] for name in model.input]
    return {
        name: port if ports.count(port) == 1 else name.replace(".", "_")
        for name, port in zip(model.input, ports, strict=True)
    }


def output_names(model: keras.Model) -> dict[str, str]:
    """Return what an export calls the outputs of a model: "NAME_out" where an input is called NAME."""
    taken = set(plain_names(model).values())
    return {name: f"{name}_out" if name in taken else name for name in model.output}


def renamed(columns: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return columns by other names."""
    return {names[name]: value for name, value in columns.items()}
