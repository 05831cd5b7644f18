"""Compiles a checked graph to Keras functional models that share their layers and weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from registry.compiling.configurations import check_configurations
from registry.compiling.handing_on import verify_handing_on
from registry.compiling.keras_internals import sources_of
from registry.compiling.keras_names import make_known
from registry.compiling.layers import build_layer, by_port, call_layer, frozen_options, loss_terms
from registry.compiling.usable import usable
from registry.compiling.verify import count, verify
from registry.contract.axes import Axis, TensorType
from registry.contract.errors import InputError, Problem
from registry.loading.sources import changed_files
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, Ref
from registry.wiring.needed import needed_ports


@dataclass(repr=False)
class Compiled:
    """The models of one graph.

    `training` maps the loader's columns to the scalars of every loss, `{node: {term: scalar}}`; `inference` maps the
    columns it needs to the graph's `outputs`. `tensors` holds the symbolic tensor of every node output.
    """

    checked: CheckedGraph
    inputs: dict[str, keras.KerasTensor]
    layers: dict[str, keras.layers.Layer]
    tensors: dict[Ref, keras.KerasTensor]
    losses: dict[str, dict[str, keras.KerasTensor]]
    training: keras.Model | None = None
    inference: keras.Model | None = None
    _probes: dict[tuple[Ref, ...], keras.Model] = field(default_factory=dict)

    def __repr__(self) -> str:
        models = ", ".join(name for name in ("training", "inference") if getattr(self, name) is not None)
        return f"<Compiled {self.checked.expanded.name!r}: {len(self.layers)} layers; models: {models or 'none'}>"

    @property
    def training_model(self) -> keras.Model:
        """The training model; raises ValueError for a graph without a loss."""
        if self.training is None:
            raise ValueError(f"graph {self.checked.expanded.name!r} cannot be trained: expected a loss, received none")
        return self.training

    @property
    def training_inputs(self) -> list[str]:
        """The loader columns the training model reads, "node.port"."""
        return list(self.training.input) if self.training is not None else []

    def probe(self, refs: Iterable[Ref]) -> keras.Model:
        """Return a model of the values of some node outputs, keyed "node.port"; it shares all weights."""
        key = tuple(dict.fromkeys(refs))
        if key not in self._probes:
            tensors, _ = cut(self, key)
            outputs = {f"{ref.node}.{ref.port}": tensors[ref] for ref in key}
            self._probes[key] = keras.Model(needed_inputs(self.inputs, outputs), outputs, name="probe")
        return self._probes[key]


def compile_graph(checked: CheckedGraph) -> Compiled:
    """Build every layer once, in the DAG's order, and cut the training and the inference model from the result.

    Raises InputError if a layer cannot be built from its parameters or cannot be saved, or if its output is not what
    its block declared.
    """
    if changed := changed_files(checked.registry):
        files = ", ".join(map(str, changed))
        problem = Problem(f"plugin files have changed since the graph was loaded: {files}", hint="load it again")
        raise InputError([problem])
    keras.backend.clear_session(free_memory=False)
    compiled = Compiled(checked, {}, {}, {}, {})
    for path, node in checked.nodes.items():
        if node.block.kind == "loader":
            _add_inputs(compiled, path, node)
        elif node.block.kind != "monitor":
            _add_layer(compiled, path, node)
    make_known(checked.registry)
    verify(checked, compiled.layers, compiled.tensors)
    count(checked.nodes, compiled.layers)
    verify_handing_on(checked, compiled.layers)
    _cut_models(compiled)
    if compiled.inference is not None:
        saved = {layer.name for layer in compiled.inference.layers}
        check_configurations(checked, compiled.layers, [path for path in compiled.layers if path in saved])
    return compiled


def needed_inputs(inputs: Mapping[str, keras.KerasTensor], outputs: Mapping[str, Any]) -> dict[str, keras.KerasTensor]:
    """Return the inputs that the outputs depend on: Keras refuses a functional model with others."""
    pending = list(keras.tree.flatten(outputs))
    reached: set[int] = set()
    while pending:
        tensor = pending.pop()
        if id(tensor) in reached:
            continue
        reached.add(id(tensor))
        pending += sources_of(tensor)
    return {name: tensor for name, tensor in inputs.items() if id(tensor) in reached}


def _add_inputs(compiled: Compiled, path: str, node: CheckedNode) -> None:
    for port, type_ in node.types.items():
        ref = Ref(path, port)
        tensor = keras.Input(shape=_static_shape(type_), dtype=type_.dtype, name=f"{path}.{port}")
        compiled.inputs[f"{path}.{port}"] = compiled.tensors[ref] = tensor


def _static_shape(type_: TensorType) -> tuple[int | None, ...]:
    return tuple(None if isinstance(axis, Axis) else axis for axis in type_.axes[1:])


def _add_layer(compiled: Compiled, path: str, node: CheckedNode) -> None:
    layer = build_layer(path, node)
    layer.trainable = node.written.trainable
    result = _call(path, node, layer, compiled.tensors)
    compiled.layers[path] = layer
    if node.block.kind == "loss":
        compiled.losses[path] = loss_terms(path, node, layer, result)
    else:
        compiled.tensors.update(by_port(path, node, layer, result))


def _call(path: str, node: CheckedNode, layer: keras.layers.Layer, tensors: Mapping[Ref, Any]) -> Any:
    """Call a layer with what its node takes; a frozen sub-graph runs as in inference, whatever the model does."""
    return call_layer(path, node, layer, arguments(node, tensors), **frozen_options(layer, node))


def arguments(node: CheckedNode, values: Mapping[Ref, Any]) -> dict[str, Any]:
    """Return what a node's layer is called with, by port; of columns it only hands on, those that are there."""
    rest = {port.name for port in node.block.inputs if port.rest}
    found: dict[str, Any] = {}
    for port, source in node.inputs.items():
        if port in rest and isinstance(source, dict):
            source = {name: ref for name, ref in source.items() if ref in values}
        found[port] = lookup(values, source)
    return found


def cut(
    compiled: Compiled, refs: Iterable[Ref], losses: Iterable[str] = ()
) -> tuple[dict[Ref, keras.KerasTensor], dict[str, Any]]:
    """Run the built layers again on just what the given tensors and losses need; return both.

    Columns that a block only hands on (its `rest` port) are left out where nobody needs them: so a preprocessing block
    that the truth passes through brings no truth into the inference model.
    """
    checked = compiled.checked
    needed = needed_ports(checked, refs, losses)
    tensors: dict[Ref, keras.KerasTensor] = {}
    results: dict[str, Any] = {}
    for path, node in checked.nodes.items():
        if path not in needed:
            continue
        if node.block.kind == "loader":
            tensors |= {Ref(path, port): compiled.tensors[Ref(path, port)] for port in needed[path]}
            continue
        layer = compiled.layers[path]
        result = _call(path, node, layer, tensors)
        if node.block.kind == "loss":
            results[path] = loss_terms(path, node, layer, result)
        else:
            tensors |= by_port(path, node, layer, result)
    return tensors, results


def lookup(values: Mapping[Ref, Any], source: Ref | list[Ref] | dict[str, Ref]) -> Any:
    """Return the value of an input: one, a list, or a dict by name."""
    if isinstance(source, list):
        return [values[ref] for ref in source]
    if isinstance(source, dict):
        return {name: values[ref] for name, ref in source.items()}
    return values[source]


def _cut_models(compiled: Compiled) -> None:
    name = compiled.checked.expanded.name
    if compiled.losses:
        _, compiled.losses = cut(compiled, (), compiled.losses)
        inputs = needed_inputs(compiled.inputs, compiled.losses)
        compiled.training = keras.Model(inputs, compiled.losses, name=f"{name}_training")
    wanted = compiled.checked.outputs
    if wanted:
        tensors, _ = cut(compiled, wanted.values())
        outputs = {key: tensors[ref] for key, ref in wanted.items()}
        compiled.inference = usable(keras.Model(needed_inputs(compiled.inputs, outputs), outputs, name=name))
