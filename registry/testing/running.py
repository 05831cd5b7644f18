"""Runs the layer of a block on arrays, the way the engine does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from registry.compiling.keras_internals import takes_training
from registry.contract.block import Block
from registry.testing.broken import Broken
from registry.testing.values import Values

Outputs = dict[str, np.ndarray]

Gradients = tuple[float, dict[str, Any], dict[str, Any]]
"""A number, and its gradients by input, for inputs of floating point, and by weight; None where there is none."""


class Running:
    """The layer of a block; its weights are made by the first call."""

    def __init__(self, block: Block, layer: Any = None) -> None:
        self.block = block
        self.layer: Any = block.build("block") if layer is None else layer

    def __call__(self, values: Values, training: bool | None = None) -> Outputs:
        """Return the outputs, or the terms of a loss, by their names."""
        return {name: np.asarray(value) for name, value in self.call(tensors(values), training).items()}

    def call(self, inputs: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Return what the layer makes of tensors, by name; raises Broken if it returns something else."""
        options = {"training": training} if training is not None and takes_training(self.layer) else {}
        result = self.layer(*inputs.values(), **options) if self.block.positional else self.layer(**inputs, **options)
        if isinstance(result, dict):
            return result
        if not tf.is_tensor(result) and not hasattr(result, "shape"):
            raise Broken("a tensor, or a dict of tensors by port", type(result).__name__)
        names = [port.name for port in self.block.outputs] or ["x"]
        return {names[0]: result}

    def gradients(self, values: Values, training: bool | None = None) -> Gradients:
        """Return a number that depends on all that is returned (the loss, for a loss), and its gradients."""
        return plain(*self.derived(tensors(values), training))

    def derived(self, inputs: Any, training: bool | None) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        """Return the same as tensors."""
        floats = {name: item for name, item in flat(inputs).items() if item.dtype.is_floating}
        with tf.GradientTape() as tape:
            tape.watch(list(floats.values()))
            total = objective(self.call(inputs, training))
            total = tf.add_n([total, *(tf.cast(loss, total.dtype) for loss in self.layer.losses)])
        weights = {weight.path: weight.value for weight in self.layer.trainable_weights}
        found = tape.gradient(total, [*floats.values(), *weights.values()])
        found = [None if item is None else tf.convert_to_tensor(item) for item in found]
        of_inputs, of_weights = found[: len(floats)], found[len(floats) :]
        return total, dict(zip(floats, of_inputs, strict=True)), dict(zip(weights, of_weights, strict=True))


def plain(total: Any, by_input: dict[str, Any], by_weight: dict[str, Any]) -> Gradients:
    """Return tensors as numbers and arrays."""
    arrays = (
        {name: None if item is None else np.asarray(item) for name, item in part.items()}
        for part in (by_input, by_weight)
    )
    return float(total), *arrays  # type: ignore[return-value]


def objective(result: Mapping[str, Any]) -> Any:
    """Return a number that depends on every output: the loss, or a sum of sines."""
    if "loss" in result and result["loss"].shape == ():
        return result["loss"]
    values = [tf.cast(value, "float32") for value in result.values() if tf.as_dtype(value.dtype).is_floating]
    return tf.add_n([tf.constant(0.0), *(tf.reduce_sum(tf.sin(value)) for value in values)])


def tensors(values: Values) -> dict[str, Any]:
    """Return arrays as tensors, in the same form."""
    if isinstance(values, dict):
        return {name: tensors(value) for name, value in values.items()}
    if isinstance(values, list):
        return [tensors(value) for value in values]
    made: dict[str, Any] = tf.convert_to_tensor(values)
    return made


def flat(values: Any, name: str = "") -> dict[str, Any]:
    """Return all arrays or tensors by a name: that of the port, and of what stands within it."""
    if isinstance(values, dict | list):
        items = values.items() if isinstance(values, dict) else enumerate(values)
        return {k: v for key, item in items for k, v in flat(item, f"{name}.{key}" if name else str(key)).items()}
    return {name: values}
