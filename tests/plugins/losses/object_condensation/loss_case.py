"""Runs a loss block on arrays the way the engine would: tensors by port name, float32 and int32."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf

from registry.compiling.keras_internals import takes_training
from tests.plugins.block_case import built_in


class LossCase:
    """A loss block with its Keras layer; inputs are arrays by port name, None for what is not wired."""

    def __init__(self, use: str, **parameters: Any) -> None:
        kind = built_in(use)
        if "repulsion_hits" in kind.Params.model_fields:
            parameters.setdefault("repulsion_hits", None)  # as recorded, and in the paper
        self.block = kind(kind.Params(**parameters))
        self.layer: Any = self.block.build("case")

    def __call__(self, training: bool | None = None, **inputs: Any) -> dict[str, float]:
        """Return the loss and its terms as numbers."""
        return {name: float(value) for name, value in self._call(self._tensors(inputs), training).items()}

    def gradients(self, *wanted: str, **inputs: Any) -> list[np.ndarray]:
        """Return the gradients of the loss to the wanted inputs, zeros where there are none."""
        return self.values_and_gradients(*wanted, **inputs)[1]

    def values_and_gradients(self, *wanted: str, **inputs: Any) -> tuple[dict[str, float], list[np.ndarray]]:
        """Return the loss and its terms, and the gradients of the loss to the wanted inputs."""
        tensors = self._tensors(inputs)
        watched = [tensors[name] for name in wanted]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            terms = self._call(tensors)
        found = tape.gradient(terms["loss"], watched, unconnected_gradients="zero")
        values = {name: float(value) for name, value in terms.items()}
        return values, [tf.convert_to_tensor(gradient).numpy() for gradient in found]

    def _call(self, tensors: dict[str, tf.Tensor], training: bool | None = None) -> dict[str, tf.Tensor]:
        arguments = {"training": training} if takes_training(self.layer) and training is not None else {}
        result: dict[str, tf.Tensor] = self.layer(**tensors, **arguments)
        assert set(result) == {"loss", *self.block.terms}
        assert all(value.shape == () for value in result.values())
        return result

    def _tensors(self, inputs: dict[str, Any]) -> dict[str, tf.Tensor]:
        ports = {port.name: port for port in self.block.inputs}
        missing = [name for name, port in ports.items() if not port.optional and inputs.get(name) is None]
        assert not missing, missing
        return {
            name: tf.convert_to_tensor(np.asarray(value).astype(ports[name].dtype))
            for name, value in inputs.items()
            if value is not None
        }


def alone(inputs: dict[str, Any], event: int) -> dict[str, Any]:
    """Return the inputs of one event of a batch."""
    first, last = inputs["row_splits"][event : event + 2]
    single = {name: value[first:last] for name, value in inputs.items() if name != "row_splits"}
    return {**single, "row_splits": np.array([0, last - first])}


def permuted(inputs: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Return the inputs with the hits of every event in another order."""
    splits = inputs["row_splits"]
    order = np.concatenate([a + rng.permutation(b - a) for a, b in pairwise(splits)]).astype(int)
    return {name: value if name == "row_splits" else value[order] for name, value in inputs.items()}
