"""A layer as a graph that was traced without knowing how many hits and events there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from registry.contract.axes import Axis, TensorType
from registry.testing.inputs import Inputs
from registry.testing.running import Gradients, Outputs, Running, plain, tensors
from registry.testing.values import Values, mapped


class Traced:
    """The layer of a block as one function of TensorFlow; `traces`: how often it was traced."""

    def __init__(self, run: Running, inputs: Inputs) -> None:
        self.traces = 0
        self._run = run
        signature = [mapped(inputs.types, _spec)]
        self._function = tf.function(self._traced, input_signature=signature)
        self._derived = tf.function(lambda given: run.derived(given, training=True), input_signature=signature)

    def __call__(self, values: Values) -> Outputs:
        """Return the outputs, by name."""
        self._build(values)
        return {name: np.asarray(value) for name, value in self._function(tensors(values)).items()}

    def gradients(self, values: Values) -> Gradients:
        """Return what `Running.gradients` does, in training."""
        self._build(values)
        return plain(*self._derived(tensors(values)))

    def _build(self, values: Values) -> None:
        """Make the weights, which a graph cannot."""
        if not self._run.layer.built:
            self._run(values)

    def _traced(self, inputs: Any) -> Any:
        self.traces += 1
        return self._run.call(inputs)


def _spec(name: str, type_: TensorType) -> Any:
    shape = [None if isinstance(axis, Axis) else axis for axis in type_.axes]
    return tf.TensorSpec(shape, type_.dtype)
