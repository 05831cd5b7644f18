"""Measures every node once, on one event: time forward and backward, norms of gradient and weights."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import keras
import numpy as np
import tensorflow as tf

from registry.compiling.keras_internals import takes_training
from registry.compiling.layers import by_port, invoke, loss_terms
from registry.compiling.model import Compiled, arguments
from registry.compiling.preserving import preserved
from registry.wiring.checked_graph import CheckedNode, Ref
from registry.wiring.needed import needed_ports

Arrays: TypeAlias = Mapping[str, Sequence[np.ndarray]]
"""The trained weights of every node that has some, or their gradients, in the same order."""


@dataclass
class _Call:
    """What a node was called with, and what came out: the floats among them, with the names of the outputs."""

    tape: tf.GradientTape
    inputs: list[tuple[Ref, tf.Tensor]]
    outputs: list[tuple[Ref, tf.Tensor]]
    variables: list[keras.Variable]


@dataclass
class Passed:
    """What one pass forth and back through the network has shown, by node.

    `seconds`: forward and backward, each node as it runs without being compiled; `gradients`: of the sum of the losses
    by the trained weights, as in training, penalties on weights aside; zeros where none arrives.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    gradients: dict[str, list[np.ndarray]] = field(default_factory=dict)


def measures(compiled: Compiled, columns: Mapping[str, tf.Tensor]) -> dict[str, dict[str, float]]:
    """Return of every node that the losses depend on: `seconds`, and the norms `gradient` and `weights`.

    Nothing of the model changes.
    """
    passed = pass_through(compiled, columns)
    parts = {"seconds": passed.seconds, "gradient": norms(passed.gradients), "weights": norms(weights(compiled))}
    found: dict[str, dict[str, float]] = {}
    for name, values in parts.items():
        for path, value in values.items():
            found.setdefault(path, {})[name] = value
    return found


def gradients(compiled: Compiled, columns: Mapping[str, tf.Tensor]) -> dict[str, list[np.ndarray]]:
    """Return the gradient of the losses by the trained weights of every node; nothing of the model changes."""
    return pass_through(compiled, columns).gradients


def pass_through(compiled: Compiled, columns: Mapping[str, tf.Tensor]) -> Passed:
    """Run every node that the losses depend on, one after the other, then the gradient through them, backwards."""
    needed = needed_ports(compiled.checked, (), compiled.losses)
    nodes = {path: node for path, node in compiled.checked.nodes.items() if path in needed}
    values: dict[Ref, tf.Tensor] = {}
    upstream: dict[Ref, tf.Tensor] = {}
    calls: dict[str, _Call] = {}
    found = Passed()
    with preserved(compiled.training_model.variables):
        for path, node in nodes.items():
            if node.block.kind == "loader":
                values |= {Ref(path, port): columns[f"{path}.{port}"] for port in needed[path]}
                continue
            started = time.perf_counter()
            calls[path], results = _forward(path, node, compiled.layers[path], values)
            found.seconds[path] = time.perf_counter() - started
            values |= results
            if node.block.kind == "loss":
                upstream |= {ref: tf.ones_like(value) for ref, value in results.items() if ref.port == "loss"}
        for path, call in reversed(calls.items()):
            started = time.perf_counter()
            own = _backward(call, upstream)
            found.seconds[path] += time.perf_counter() - started
            if own:
                found.gradients[path] = own
    return found


def _forward(
    path: str, node: CheckedNode, layer: keras.layers.Layer, values: Mapping[Ref, tf.Tensor]
) -> tuple[_Call, dict[Ref, tf.Tensor]]:
    options = {"training": node.written.trainable} if takes_training(layer) else {}
    inputs = arguments(node, values)
    refs = list(values)
    named = tf.nest.flatten(arguments(node, {ref: number for number, ref in enumerate(refs)}))
    given = [
        (refs[number], value)
        for number, value in zip(named, tf.nest.flatten(inputs), strict=True)
        if value.dtype.is_floating
    ]
    with tf.GradientTape() as tape:
        tape.watch([value for _, value in given])
        result = invoke(layer, node, inputs, **options)
        if node.block.kind == "loss":
            terms = loss_terms(path, node, layer, result)
            results = {Ref(path, name): tf.reshape(value, []) for name, value in terms.items()}
        else:
            results = by_port(path, node, layer, result)
    outputs = [(ref, value) for ref, value in results.items() if value.dtype.is_floating]
    return _Call(tape, given, outputs, list(layer.trainable_variables)), results


def _backward(call: _Call, upstream: dict[Ref, tf.Tensor]) -> list[np.ndarray]:
    """Add what arrives at a node's inputs to `upstream`, and return the gradients of its weights."""
    arriving = [(value, upstream[ref]) for ref, value in call.outputs if ref in upstream]
    if not arriving:
        return [np.zeros(variable.shape, np.float32) for variable in call.variables]
    sources = [*(value for _, value in call.inputs), *call.variables]
    back = call.tape.gradient([value for value, _ in arriving], sources, [item for _, item in arriving])
    for (ref, _), item in zip(call.inputs, back, strict=False):
        if item is not None:
            upstream[ref] = upstream[ref] + item if ref in upstream else item
    return [
        np.zeros(variable.shape, np.float32) if item is None else np.asarray(tf.convert_to_tensor(item))
        for variable, item in zip(call.variables, back[len(call.inputs) :], strict=True)
    ]


def weights(compiled: Compiled) -> dict[str, list[np.ndarray]]:
    """Return the trained weights of every node that has some."""
    return {
        path: [np.asarray(variable) for variable in layer.trainable_variables]
        for path, layer in compiled.layers.items()
        if layer.trainable_variables
    }


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


def norms(values: Arrays) -> dict[str, float]:
    """Return the Euclidean norm of all numbers of every node together."""
    return {
        path: float(np.sqrt(sum(np.sum(np.square(item, dtype=np.float64)) for item in own)))
        for path, own in values.items()
    }
