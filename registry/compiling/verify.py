"""Holds the blocks to their word: shapes, dtypes and weight counts that were inferred must be those Keras finds."""

from __future__ import annotations

import math
from collections.abc import Mapping

import keras

from registry.axes import Axis
from registry.errors import InputError, Problem
from registry.wiring.wiring import Ref, WiredNode, Wiring

HINT = "the shape rule of the block and its layer disagree: this is a fault of the plugin"


def verify(wiring: Wiring, layers: Mapping[str, keras.layers.Layer], tensors: Mapping[Ref, keras.KerasTensor]) -> None:
    """Compare every output's inferred type and every layer's inferred weight count with Keras'.

    Raises InputError with all disagreements.
    """
    problems = []
    for path, wired in wiring.nodes.items():
        problems += _wrong_types(path, wired, tensors)
        if path in layers:
            problems += _wrong_weights(path, wired, layers[path])
    if problems:
        raise InputError(problems)


def _wrong_types(path: str, wired: WiredNode, tensors: Mapping[Ref, keras.KerasTensor]) -> list[Problem]:
    problems = []
    for port, type_ in wired.types.items():
        tensor = tensors.get(Ref(path, port))
        if tensor is None:
            if wired.block.kind not in ("loss", "monitor"):
                problems.append(
                    _problem(path, wired, f"output {port!r} was declared, but the layer does not return it")
                )
            continue
        fits = len(tensor.shape) == len(type_.axes) and all(
            isinstance(axis, Axis) or found in (axis, None)
            for axis, found in zip(type_.axes, tensor.shape, strict=True)
        )
        dtype = keras.backend.standardize_dtype(tensor.dtype)
        if not fits or dtype != type_.dtype:
            message = f"output {port!r}: inferred {type_}, but Keras finds {tuple(tensor.shape)} {dtype}"
            problems.append(_problem(path, wired, message))
    return problems


def _wrong_weights(path: str, wired: WiredNode, layer: keras.layers.Layer) -> list[Problem]:
    found = sum(math.prod(weight.shape) for weight in layer.weights if "seed_generator" not in weight.path)
    inferred = wired.weights.trainable + wired.weights.frozen
    if found == inferred or not wired.weights.known:
        return []
    return [_problem(path, wired, f"inferred {inferred} weights, but the Keras layer holds {found}")]


def _problem(path: str, wired: WiredNode, message: str) -> Problem:
    return Problem(f"{message} (block {wired.block.name!r})", wired.node.origin, path, HINT)
