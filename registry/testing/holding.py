"""What TensorFlow keeps of a layer's call for the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from registry.testing.running import Running, flat, objective, tensors
from registry.testing.values import Values

ALIASES = ("Identity", "IdentityN", "Reshape", "Squeeze", "ExpandDims", "StopGradient", "CheckNumerics")
"""Operations whose result is the memory of what they take."""

SHAPES = ("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "BroadcastGradientArgs")
"""Operations that take the shape of a tensor alone, which is known before the tensor is dropped."""

NOT_MADE = ("Placeholder", "Const", "ReadVariableOp", "VarHandleOp")
"""Operations whose results are inputs, weights and constants."""


PRODUCTS = ("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")


@dataclass(frozen=True)
class Held:
    """Bytes of what a layer returns, and of what else its call leaves for the backward pass.

    `largest`: the largest tensor of these. `products`: multiply-adds of the products of matrices of the call.
    """

    outputs: int
    inner: int
    largest: str
    products: float


def held(run: Running, values: Values) -> Held:
    """Return what TensorFlow keeps of a call in training, for arrays of these shapes.

    The layer and the gradient of a sum of all it returns are traced as one graph: kept is each tensor that an operation
    of the layer makes and one of the backward pass takes. Buffers within one operation are not seen.
    """
    if not run.layer.built:
        run(values)
    names: list[str] = []
    products: list[float] = []

    def step(given: Any) -> Any:
        graph = tf.compat.v1.get_default_graph()
        floats = [item for item in flat(given).values() if item.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(floats)
            result = run.call(given, training=True)
            forward = set(graph.get_operations())
            products.extend(_multiply_adds(operation) for operation in forward if operation.type in PRODUCTS)
            total = tf.add_n([objective(result), *(tf.cast(loss, "float32") for loss in run.layer.losses)])
        weights = [weight.value for weight in run.layer.trainable_weights]
        gradients = tape.gradient(total, [*floats, *weights])
        returned = {_root(value).ref() for value in result.values()}
        kept = {}
        for operation in _backward(gradients, forward):
            if operation.type in SHAPES:
                continue
            for tensor in operation.inputs:
                root = _root(tensor)
                if (
                    tensor.op in forward
                    and root.op.type not in NOT_MADE
                    and root.dtype.size
                    and root.ref() not in returned
                ):
                    kept[root.ref()] = root
        names.extend(root.name for root in kept.values())
        return [_bytes(value) for value in result.values()], [_bytes(root) for root in kept.values()]

    given = tensors(values)
    outputs, inner = tf.function(step).get_concrete_function(given)(given)
    sizes = dict(zip(names, map(int, inner), strict=True))
    return Held(
        sum(map(int, outputs)), sum(sizes.values()), max(sizes, key=sizes.__getitem__, default=""), sum(products)
    )


def _backward(gradients: Sequence[Any], forward: set[tf.Operation]) -> list[tf.Operation]:
    """Return the operations that gradients are made by: TensorFlow drops those of gradients that nobody asked for."""
    made = [gradient for gradient in gradients if gradient is not None]
    waiting = [tensor.op for tensor in tf.nest.flatten(made, expand_composites=True)]
    found: dict[tf.Operation, None] = {}
    while waiting:
        operation = waiting.pop()
        if operation in forward or operation in found:
            continue
        found[operation] = None
        waiting.extend((*(tensor.op for tensor in operation.inputs), *operation.control_inputs))
    return list(found)


def _bytes(tensor: Any) -> Any:
    return tf.size(tensor, tf.int64) * tensor.dtype.size


def _root(tensor: Any) -> Any:
    """Return the tensor whose memory one is."""
    while tensor.op.type in ALIASES:
        tensor = tensor.op.inputs[tensor.op.outputs.index(tensor) if tensor.op.type == "IdentityN" else 0]
    return tensor


def _multiply_adds(operation: tf.Operation) -> float:
    """Return those of one product; 0 where its shape is not known."""
    result, left = operation.outputs[0].shape, operation.inputs[0].shape
    if not result.is_fully_defined() or not left.is_fully_defined():
        return 0.0
    transposed = operation.get_attr("transpose_a") if operation.type == "MatMul" else operation.get_attr("adj_x")
    inner = left[-2] if transposed else left[-1]
    return float(np.prod(result.as_list()) * inner)
