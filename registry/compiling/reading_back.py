"""Reads a model that was saved, and compares it with the one in memory: variable by variable, output by output."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from registry.compiling.preserving import preserved

RELATIVE, ABSOLUTE = 1e-4, 1e-6
"""How far an output may be off: the same operations on the same weights differ in the order of their sums only."""


def read_model(path: Path) -> keras.Model:
    """Return the model in a file whose classes are all known already."""
    model: keras.Model = keras.models.load_model(path, compile=False)
    return model


def lost_weights(model: keras.Model, loaded: keras.Model) -> dict[str, str]:
    """Return, by layer, what of its weights a model that was read back does not have as the one in memory has it."""
    found: dict[str, str] = {}
    names = {layer.name: layer for layer in loaded.layers}
    for layer in model.layers:
        there = names.get(layer.name)
        if there is None:
            found[layer.name] = f"no layer of its name is read back; there are {', '.join(names)}"
        elif type(there) is not type(layer):
            found[layer.name] = f"it is read back as a {type(there).__module__}.{type(there).__qualname__}"
        elif len(there.weights) != len(layer.weights):
            found[layer.name] = f"it has {len(layer.weights)} weights, read back {len(there.weights)}"
        else:
            # States of random numbers are no weights: Keras does not save them.
            lost = [one.path for one, other in zip(layer.weights, there.weights, strict=True) if _differ(one, other)]
            if lost:
                paths = ", ".join(path.removeprefix(f"{layer.name}/") for path in lost)
                found[layer.name] = f"these weights of it are not what they were: {paths}"
    return found


def changed_outputs(model: keras.Model, loaded: keras.Model, columns: Mapping[str, tf.Tensor]) -> dict[str, float]:
    """Return, by output, the largest difference between a model and the one that was read back, for some events.

    Outputs that differ between two calls of the model itself, from the same state, say nothing.
    """
    inputs = {name: columns[name] for name in model.input}
    first, second = _run(model, inputs), _run(model, inputs)
    received = _run(loaded, inputs)
    return {
        name: difference(value, received[name])
        for name, value in first.items()
        if not close(value, received[name]) and close(value, second[name])
    }


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference of two arrays; infinite where their shapes differ."""
    if one.shape != other.shape:
        return float("inf")
    return float(np.max(np.abs(one.astype(np.float64) - other.astype(np.float64)), initial=0.0))


def close(one: np.ndarray, other: np.ndarray) -> bool:
    """Say whether two arrays are the same but for the order in which sums were taken."""
    return one.shape == other.shape and np.allclose(one, other, RELATIVE, ABSOLUTE, equal_nan=True)


def _run(model: keras.Model, inputs: Mapping[str, tf.Tensor]) -> dict[str, np.ndarray]:
    with preserved(model.variables):
        return {name: np.asarray(value) for name, value in model(inputs, training=False).items()}


def _differ(one: keras.Variable, other: keras.Variable) -> bool:
    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape:
        return True
    # NaN is what it was, too.
    return not ((first == second) | ((first != first) & (second != second))).all()
