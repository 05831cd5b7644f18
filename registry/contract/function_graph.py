"""The model of the layers that a function makes, with another value of a parameter and the same weights."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import keras

from registry.contract.errors import Problem
from registry.contract.failures import PluginFault, function_place
from registry.contract.function_registry import FunctionBlock

NAMES = ("name", "keras_history", "input_layers", "output_layers")
"""Keys of a configuration that hold names of layers, which Keras numbers."""

Symbols = dict[str, keras.KerasTensor]


def remade(kind: type[FunctionBlock], old: keras.Model, parameter: str, make: Callable[[Symbols], Any]) -> keras.Model:
    """Return the model of a function that has another value of a parameter; `make` calls it on symbols.

    Layers that come out as they were are those of `old`, with their weights. Raises PluginFault if one that holds
    weights is another one, or if there are further layers with weights or random numbers.
    """
    state = random.getstate()  # what the new layers draw for their weights must not be missing elsewhere
    symbols = {name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name) for name, tensor in old.input.items()}
    new = keras.Model(symbols, make(symbols), name=old.name)
    random.setstate(state)
    kept: dict[int, keras.layers.Layer] = {}
    for layer, before in _pairs(new, old):
        if layer and before and _described(layer) == _described(before):
            kept[id(layer)] = before
        elif _holds(layer) or _holds(before):
            name = (before or layer or old).name
            layer_said = f"the layer {name!r}, which holds weights, would be another one"
            hint = "a stage may change what is done with the values of layers; weights stay as they are"
            raise _fault(kind, parameter, layer_said, hint)
        elif layer and before:
            _take_over(kind, parameter, layer, before)
        elif layer and layer.variables:
            raise _further(kind, parameter, layer)
    if _shapes(new) != _shapes(old):
        what = f"it would return {_shapes(new)} instead of {_shapes(old)}"
        raise _fault(kind, parameter, what, "a stage may change values, and not widths")
    return keras.models.clone_model(new, clone_function=lambda layer: kept.get(id(layer), layer), call_function=_call)


def _shapes(model: keras.Model) -> list[tuple[int | None, ...]]:
    return [tuple(tensor.shape) for tensor in model.outputs]


def _call(layer: Any, *tensors: Any, **options: Any) -> Any:
    return layer(*tensors, **options)


def _pairs(new: keras.Model, old: keras.Model) -> Iterator[tuple[keras.layers.Layer | None, keras.layers.Layer | None]]:
    """Yield the layers of both models: the first of a class with the first of it, and so on; None where one is more."""
    before: dict[type, list[keras.layers.Layer]] = {}
    for layer in _layers(old):
        before.setdefault(type(layer), []).append(layer)
    for layer in _layers(new):
        others = before.get(type(layer))
        yield layer, others.pop(0) if others else None
    yield from ((None, layer) for others in before.values() for layer in others)


def _layers(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def _holds(layer: keras.layers.Layer | None) -> bool:
    """Say whether a layer has weights; states of random numbers are none."""
    return layer is not None and bool(layer.weights)


def _described(layer: keras.layers.Layer) -> Any:
    return _unnamed(layer.get_config()), [tuple(weight.shape) for weight in layer.weights]


def _unnamed(config: Any) -> Any:
    if isinstance(config, dict):
        return {key: _unnamed(item) for key, item in config.items() if key not in NAMES}
    return [_unnamed(item) for item in config] if isinstance(config, list | tuple) else config


def _take_over(
    kind: type[FunctionBlock], parameter: str, layer: keras.layers.Layer, before: keras.layers.Layer
) -> None:
    """Let a layer draw the random numbers of the one before it, and compute in the same precision."""
    own, its = getattr(layer, "seed_generator", None), getattr(before, "seed_generator", None)
    if own is not None and its is None:
        raise _further(kind, parameter, layer)
    if own is not None and its is not None:
        own.state = its.state
    layer.dtype_policy = before.dtype_policy


def _further(kind: type[FunctionBlock], parameter: str, layer: keras.layers.Layer) -> PluginFault:
    hint = "let it begin with a value that draws random numbers, such as 1e-6 for a share that is dropped"
    return _fault(kind, parameter, f"the layer {layer.name!r} would draw random numbers that were none before", hint)


def _fault(kind: type[FunctionBlock], parameter: str, what: str, hint: str) -> PluginFault:
    message = f"block {kind.name!r}: a stage cannot set {parameter!r} to this value: {what}"
    return PluginFault(Problem(message, function_place(kind.function), hint=hint))
