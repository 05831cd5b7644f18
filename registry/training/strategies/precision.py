"""Layers that compute in 16 bits, `precision: mixed_bfloat16`."""

from __future__ import annotations

from collections.abc import Iterator

import keras

from registry.compiling.model import Compiled
from registry.wiring.precision import nodes_in_16_bits

MIXED = "mixed_bfloat16"


class Precision:
    """Lets the layers compute in 16 bits for which that is sound, with weights of 32 bits.

    All other layers stay as they are: Keras casts what they take to 32 bits. So losses and searches, and the compiled
    kernels behind them, compute in 32 bits.
    """

    def __init__(self, compiled: Compiled) -> None:
        own = [compiled.layers[path] for path in nodes_in_16_bits(compiled.checked) if path in compiled.layers]
        self._policies = [(layer, layer.dtype_policy) for outer in own for layer in _parts(outer)]

    def set(self, precision: str) -> None:
        """Change over before the step is traced; "float32" stands for what the layers have of their own."""
        for layer, policy in self._policies:
            layer.dtype_policy = keras.DTypePolicy(MIXED) if precision == MIXED else policy


def _parts(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """Yield a layer of 32 bits and those inside it; one that was declared otherwise stays so."""
    for part in layer._flatten_layers():
        if part.compute_dtype == part.variable_dtype == "float32":
            yield part
