"""Measures every node once, on one event: time forward and backward, norms of gradient and weights."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from registry.compiling.keras_internals import takes_training
from registry.compiling.layers import by_port, invoke
from registry.compiling.model import Compiled, arguments
from registry.compiling.preserving import preserved
from registry.wiring.checked_graph import CheckedNode, Ref
from registry.wiring.needed import needed_ports

Norms: TypeAlias = Mapping[str, float]
"""A norm by node."""


def measures(compiled: Compiled, columns: Mapping[str, tf.Tensor]) -> dict[str, dict[str, float]]:
    """Return of every node that the losses depend on: `seconds`, `gradient`, `weights`, where it has them.

    `seconds`: of the node alone, forward and backward, as it runs without being compiled; `gradient`, `weights`: norms
    of the gradient of the loss by its trained weights, and of these. Nothing of the model changes.
    """
    found: dict[str, dict[str, float]] = {}
    for name, values in (
        ("seconds", seconds(compiled, columns)),
        ("gradient", norms(gradients(compiled, columns))),
        ("weights", norms(weights(compiled))),
    ):
        for path, value in values.items():
            found.setdefault(path, {})[name] = value
    return found


def seconds(compiled: Compiled, columns: Mapping[str, tf.Tensor]) -> dict[str, float]:
    """Return the time of every node, alone, forward and backward, on the values that the nodes before it give."""
    needed = needed_ports(compiled.checked, (), compiled.losses)
    values: dict[Ref, tf.Tensor] = {}
    found = {}
    with preserved(compiled.training_model.variables):
        for path, node in compiled.checked.nodes.items():
            if path not in needed:
                continue
            if node.block.kind == "loader":
                values |= {Ref(path, port): columns[f"{path}.{port}"] for port in needed[path]}
                continue
            found[path], result = _once(compiled.layers[path], node, arguments(node, values))
            if node.block.kind != "loss":
                values |= by_port(path, node, compiled.layers[path], result)
    return found


def _once(layer: keras.layers.Layer, node: CheckedNode, inputs: Mapping[str, Any]) -> tuple[float, Any]:
    options = {"training": node.written.trainable} if takes_training(layer) else {}
    floats = [item for item in tf.nest.flatten(dict(inputs)) if item.dtype.is_floating]
    started = time.perf_counter()
    with tf.GradientTape() as tape:
        tape.watch(floats)
        result = invoke(layer, node, inputs, **options)
        outputs = [item for item in tf.nest.flatten(result) if item.dtype.is_floating]
        total = tf.add_n([tf.reduce_sum(item) for item in outputs]) if outputs else tf.constant(0.0)
    for item in tape.gradient(total, [*floats, *layer.trainable_variables]):
        if item is not None:
            # Eager TensorFlow returns before it has computed: reading one number waits for all of them.
            tf.reshape(tf.convert_to_tensor(item), [-1])[:1].numpy()
    return time.perf_counter() - started, result


def gradients(compiled: Compiled, columns: Mapping[str, tf.Tensor]) -> dict[str, list[np.ndarray]]:
    """Return the gradient of the loss by the trained weights of every node; zeros where none arrives."""
    model = compiled.training_model
    given = {name: columns[name] for name in model.input}
    variables = model.trainable_variables
    with preserved(model.variables):
        with tf.GradientTape() as tape:
            terms = model(given, training=True)
            total = tf.add_n([tf.reshape(item["loss"], []) for item in terms.values()])
            total += tf.add_n([tf.reshape(item, []) for item in model.losses]) if model.losses else 0.0
        found = tape.gradient(total, variables)
    by_variable = {
        id(variable): np.zeros(variable.shape, np.float32) if item is None else np.asarray(tf.convert_to_tensor(item))
        for variable, item in zip(variables, found, strict=True)
    }
    return _by_node(compiled, lambda variable: by_variable.get(id(variable)))


def weights(compiled: Compiled) -> dict[str, list[np.ndarray]]:
    """Return the trained weights of every node that has some."""
    return _by_node(compiled, np.asarray)


def outputs(compiled: Compiled, columns: Mapping[str, tf.Tensor]) -> dict[str, np.ndarray]:
    """Return the default output of every node with trained weights, if it is [rows, units]."""
    needed = needed_ports(compiled.checked, (), compiled.losses)
    refs = {}
    for path, layer in compiled.layers.items():
        types = compiled.checked.nodes[path].types
        if path in needed and layer.trainable_variables and types:
            port, kind = next(iter(types.items()))
            if len(kind.axes) == 2 and kind.dtype == "float32" and Ref(path, port) in compiled.tensors:
                refs[path] = Ref(path, port)
    if not refs:
        return {}
    probe = compiled.probe(refs.values())
    found = probe({name: columns[name] for name in probe.input}, training=False)
    return {path: np.asarray(found[f"{ref.node}.{ref.port}"]) for path, ref in refs.items()}


def norms(values: Mapping[str, Sequence[np.ndarray]]) -> dict[str, float]:
    """Return the Euclidean norm of all numbers of every node together."""
    return {
        path: float(np.sqrt(sum(np.sum(np.square(item, dtype=np.float64)) for item in own)))
        for path, own in values.items()
    }


def _by_node(compiled: Compiled, value_of: Any) -> dict[str, list[np.ndarray]]:
    found = {}
    for path, layer in compiled.layers.items():
        own = [value for variable in layer.trainable_variables if (value := value_of(variable)) is not None]
        if own:
            found[path] = own
    return found
