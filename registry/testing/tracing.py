"""A layer as a graph that was traced without knowing how many hits and events there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from registry.contract.axes import Axis, TensorType
from registry.testing.inputs import Inputs
from registry.testing.running import Outputs, Running, tensors
from registry.testing.values import Values, mapped

PRODUCTS = ("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")


class Traced:
    """The layer of a block as one function of TensorFlow; `traces`: how often it was traced."""

    def __init__(self, run: Running, inputs: Inputs) -> None:
        self.traces = 0
        self._run = run
        self._function = tf.function(self._traced, input_signature=[mapped(inputs.types, _spec)])

    def __call__(self, values: Values) -> Outputs:
        """Return the outputs, by name."""
        self._build(values)
        return {name: np.asarray(value) for name, value in self._function(tensors(values)).items()}

    def products(self, values: Values) -> float:
        """Return the multiply-adds of all products of matrices, for arrays of these shapes."""
        self._build(values)
        fixed = tf.function(lambda inputs: self._run.call(inputs))
        graph = fixed.get_concrete_function(tensors(values)).graph
        return sum(_multiply_adds(operation) for operation in graph.get_operations() if operation.type in PRODUCTS)

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


def _multiply_adds(operation: tf.Operation) -> float:
    """Return those of one product; 0 where its shape is not known."""
    result, left = operation.outputs[0].shape, operation.inputs[0].shape
    if not result.is_fully_defined() or not left.is_fully_defined():
        return 0.0
    transposed = operation.get_attr("transpose_a") if operation.type == "MatMul" else operation.get_attr("adj_x")
    inner = left[-2] if transposed else left[-1]
    return float(np.prod(result.as_list()) * inner)
