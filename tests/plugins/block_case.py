"""Runs a block on arrays the way the engine would, and holds it to what it declares."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from registry.compiling.keras_internals import takes_training
from registry.contract.axes import Axis, Bindings, TensorType
from registry.contract.block import Block
from tests.plugins.built_in import built_in_blocks

Values = dict[str, Any]


def built_in(use: str) -> type[Block]:
    """Return the built-in block of "folder:Class", whatever family its folder belongs to."""
    folder, _, name = use.partition(":")
    (block,) = [
        item for item in built_in_blocks() if item.__module__.endswith(f".{folder}.block") and item.__name__ == name
    ]
    return block


class Case:
    """A block with its Keras layer; inputs are arrays by port name.

    The first axis of every array is taken for `hits`, of row splits for `events+1`; index ports point to `hits` unless
    `targets` says otherwise. Every call compares declared widths, dtypes and numbers of weights with the layer's.
    """

    def __init__(self, use: str, axes: Mapping[str, str] | None = None, **parameters: Any) -> None:
        self.kind: type[Block] = built_in(use)
        self.block = self.kind(self.kind.Params(**parameters))
        self.axes = dict(axes or {})
        self.layer: Any = self.block.build("case")

    def __call__(self, training: bool | None = None, **inputs: Any) -> Any:
        """Return the layer's result, a tensor or a dict; the first call makes the weights."""
        tensors = self._inputs(inputs)
        arguments = dict(tensors)
        if training is not None and takes_training(self.layer):
            arguments["training"] = training
        result = self.layer(**arguments)
        self._compare(tensors, result)
        return result

    def gradients(
        self, loss: Any, wanted: tuple[str, ...], training: bool | None = None, **inputs: Any
    ) -> tuple[Any, list[Any], list[Any]]:
        """Return loss(result), and its gradients to the wanted inputs and to the trainable weights."""
        tensors = self._inputs(inputs)
        watched = [tensors[name] for name in wanted]
        with tf.GradientTape() as tape:
            for tensor in watched:
                tape.watch(tensor)
            arguments = dict(tensors)
            if training is not None:
                arguments["training"] = training
            value = loss(self.layer(**arguments))
        found = tape.gradient(value, [*watched, *self.layer.trainable_weights])
        return value, found[: len(watched)], found[len(watched) :]

    def _inputs(self, inputs: Values) -> Values:
        """Return the inputs as tensors: lists for ports that take many, dicts for those that take the rest."""
        many = {port.name for port in self.block.inputs if port.many}
        tensors: Values = {}
        for name, value in inputs.items():
            if isinstance(value, dict):
                tensors[name] = {key: _tensor(one) for key, one in value.items()}
            elif value is not None:
                tensors[name] = [_tensor(one) for one in value] if name in many else _tensor(value)
        return tensors

    def declared(self, **inputs: Any) -> dict[str, TensorType]:
        """Return the types of the outputs as the block declares them; raises AxisMismatch."""
        return self.block.output_types(*self._types(self._inputs(inputs)), "case")

    def _types(self, tensors: Values) -> tuple[Values, Bindings]:
        """Return the types of the inputs, and the axes that matching them binds."""
        bindings = Bindings(dict(self.block.params))
        types: Values = {}
        for port in self.block.inputs:
            if port.rest:
                types[port.name] = {n: self._type(n, t, "") for n, t in tensors.get(port.name, {}).items()}
            elif port.name in tensors:
                value = tensors[port.name]
                given = [self._type(port.name, one, port.pattern) for one in value] if port.many else None
                types[port.name] = given or self._type(port.name, value, port.pattern)
                for one in given or [types[port.name]]:
                    bindings.match(port.pattern, one, port.name)
                    assert port.dtype in (one.dtype, "any"), (port.name, one.dtype)
        return types, bindings

    def _compare(self, tensors: Values, result: Any) -> None:
        types, bindings = self._types(tensors)
        declared = self.block.output_types(types, bindings, "case")
        found = result if isinstance(result, dict) else {next(iter(declared)): result}
        assert set(found) == set(declared)
        for name, type_ in declared.items():
            assert len(type_.axes) == len(found[name].shape), name
            assert found[name].dtype.name == type_.dtype, name
            for axis, length in zip(type_.axes, found[name].shape, strict=True):
                assert isinstance(axis, Axis) or axis == length, (name, str(type_), found[name].shape)
        weights = self.block.weights(types, declared)
        count = sum(math.prod(w.shape) for w in self.layer.weights if "seed_generator" not in w.path)
        assert count == weights.trainable + weights.frozen
        if self.layer.trainable:
            assert sum(math.prod(w.shape) for w in self.layer.trainable_weights) == weights.trainable

    def _type(self, name: str, tensor: Any, pattern: str) -> TensorType:
        first = self.axes.get(name, "events" if "events+1" in pattern.split("->")[0] else "hits")
        offset = 1 if first == "events" else 0
        target = Axis(self.axes.get(f"{name}->", "hits"), "data") if "->" in pattern else None
        axes = (Axis(first, "data", offset), *(int(length) for length in tensor.shape[1:]))
        return TensorType(axes, tensor.dtype.name, target)


def _tensor(value: Any) -> Any:
    if isinstance(value, tf.Tensor):
        return value
    value = np.asarray(value)
    return tf.convert_to_tensor(value.astype("int32" if value.dtype.kind in "iub" else "float32"))


def golden(reference: Path, name: str) -> tuple[Any, dict[str, Any]]:
    """Return a recording and its parameters."""
    recording = np.load(reference / "golden" / f"{name}.npz")
    return recording, json.loads(str(recording["params_json"]))


def assert_close(found: Any, expected: Any, tolerance: float = 1e-5) -> None:
    """Assert that two arrays differ by no more than `tolerance` of the expected array's largest value."""
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    assert found.shape == expected.shape
    scale = np.abs(expected).max(initial=0)
    worst = np.abs(found - expected).max(initial=0)
    assert worst <= tolerance * max(scale, 1e-30), f"off by {worst} at scale {scale}"
