"""Holds the blocks to their word: shapes, dtypes and weight counts that were inferred must be those Keras finds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import keras

from registry.compiling.layers import place_of
from registry.contract.axes import Axis, TensorType
from registry.contract.block import Weights
from registry.contract.errors import InputError, Origin, Problem
from registry.contract.function_registry import block_place
from registry.contract.searching import ENGINE
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, Ref

HINT = "the shape rule of the block and its layer disagree: this is a fault of the plugin"


def verify(
    checked: CheckedGraph, layers: Mapping[str, keras.layers.Layer], tensors: Mapping[Ref, keras.KerasTensor]
) -> None:
    """Compare every output's inferred type and every layer's inferred weight count with Keras'.

    Raises InputError with all disagreements.
    """
    problems: list[Problem] = []
    doubtful: set[str] = set()
    for path, node in checked.nodes.items():
        # Behind a wrong shape the numbers of weights are others, too.
        if any(ref.node in doubtful for ref in node.sources()):
            doubtful.add(path)
        elif found := [*_wrong_types(path, node, tensors), *_wrong_weights(path, node, layers.get(path))]:
            doubtful.add(path)
            problems += found
    if problems:
        raise InputError(problems)


def _wrong_types(path: str, node: CheckedNode, tensors: Mapping[Ref, keras.KerasTensor]) -> list[Problem]:
    problems = []
    for port, type_ in node.types.items():
        tensor = tensors.get(Ref(path, port))
        if tensor is None:
            if node.block.kind not in ("loss", "monitor"):
                problems.append(_problem(path, node, f"output {port!r} was declared, but the layer does not return it"))
            continue
        dtype = keras.backend.standardize_dtype(tensor.dtype)
        if not fits(type_, tensor.shape) or dtype != type_.dtype:
            message = f"output {port!r}: inferred {type_}, but Keras finds {tuple(tensor.shape)} {dtype}"
            problems.append(_problem(path, node, message))
    return problems


def fits(type_: TensorType, shape: Sequence[int | None]) -> bool:
    """Say whether a shape is one of a type: as many axes, and every length that is known is that one."""
    return len(shape) == len(type_.axes) and all(
        isinstance(axis, Axis) or found in (axis, None) for axis, found in zip(type_.axes, shape, strict=True)
    )


def _wrong_weights(path: str, node: CheckedNode, layer: keras.layers.Layer | None) -> list[Problem]:
    if layer is None:
        return []
    found = _size(layer.weights)
    inferred = node.weights.trainable + node.weights.frozen
    if found == inferred or not node.weights.known:
        return []
    return [_problem(path, node, f"inferred {inferred} weights, but the Keras layer holds {found}")]


def count(nodes: Mapping[str, CheckedNode], layers: Mapping[str, keras.layers.Layer]) -> None:
    """Note the weights of layers whose blocks do not say them; of a frozen one all count as what could be trained."""
    for path, layer in layers.items():
        if not nodes[path].weights.known:
            held = _size(layer.weights)
            trained = _size(layer.trainable_weights) if layer.trainable else held
            nodes[path].weights = Weights(trained, held - trained)


def _size(weights: Sequence[keras.Variable]) -> int:
    """Return how many numbers weights hold; states of random numbers are none."""
    return sum(math.prod(weight.shape) for weight in weights if "seed_generator" not in weight.path)


def _problem(path: str, node: CheckedNode, message: str) -> Problem:
    place = _declared_at(node)
    return Problem(f"{message} (block {node.block.name!r})", place or node.written.origin, path, HINT)


def _declared_at(node: CheckedNode) -> Origin | None:
    """Return where the block says what its layer does not do; None for blocks that the engine makes itself."""
    kind = type(node.block)
    if kind.__module__.startswith(f"{ENGINE}.") and not kind.__module__.startswith(f"{ENGINE}.plugins."):
        return None
    return place_of(block_place(kind, "outputs"), node)
