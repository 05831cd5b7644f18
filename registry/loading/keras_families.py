"""What layers of keras.layers are alike, and which of them can be no node of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.loading.keras_layer import keras_layer
from registry.loading.keras_source import layer_arguments

MULTIPLYING = ("Dense", "EinsumDense")
"""Layers that only multiply and add: they are sound in 16 bits."""

NORMALISING = ("BatchNormalization", "LayerNormalization", "UnitNormalization", "RMSNormalization")
"""Layers that centre or scale what they are given."""

SAME_SHAPE = (
    *NORMALISING,
    *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout", "AlphaDropout", "Identity"),
    *("GaussianNoise", "GaussianDropout", "SpatialDropout1D", "ActivityRegularization"),
)
"""Layers that return the shape that they are given."""

GOING_ON = (
    *(
        "BatchNormalization",
        "LayerNormalization",
        "RMSNormalization",
        "Activation",
        "ReLU",
        "LeakyReLU",
        "PReLU",
        "ELU",
    ),
    *("Dropout", "AlphaDropout", "SpatialDropout1D", "Identity", "Add", "Concatenate"),
)
"""Layers that are sound in 16 bits where what they take has no more: Keras takes statistics in 32."""

MERGING = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
"""Layers that make one tensor of several of one shape."""

LISTS = ("Concatenate", "Attention", "AdditiveAttention", "Dot")
"""Layers that take a list of tensors, beside those that merge."""

MOVING = (
    "Concatenate",
    "Reshape",
    "Permute",
    "Flatten",
    "RepeatVector",
    "ZeroPadding1D",
    "Cropping1D",
    "UpSampling1D",
)
"""Layers that leave values as they are."""

_OBJECTS = ("layer", "layers", "cell", "cells", "function", "module", "call_fn")
"""Arguments that are objects of Python."""

_NO_LAYERS = ("Layer", "Input", "InputLayer", "InputSpec", "TFSMLayer")


def unusable(layer: str, arguments: Mapping[str, Any]) -> str:
    """Return why a layer of keras.layers can be no node of a graph; nothing if it can."""
    constructor = layer_arguments(layer)
    objects = [name for name in (constructor.required if constructor else ()) if name in _OBJECTS]
    if objects:
        return f"keras.{layer} needs a Python object as {objects[0]!r}, which a graph cannot write"
    if layer in _NO_LAYERS:
        return f"keras.{layer} is no layer that makes one tensor of others"
    found = keras_layer(layer)
    if found and any(name == "states" for name, _ in found.inputs):
        return f"keras.{layer} is a cell, which only keras.RNN calls"
    if arguments.get("return_state") is True:
        return f"keras.{layer} with `return_state: true` returns several tensors, a node of keras.* one"
    return ""
