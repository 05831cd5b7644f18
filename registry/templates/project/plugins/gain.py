"""A plugin: declares the block `gain`. Its Keras layer is in gain_layer.py, so that a check needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry import Block, BlockParams, Port, Weights, hookimpl, param


class Gain(Block):
    """Multiplies every feature by a learned number.

    Formula: `y = g x`, one g for each feature. Weights: g [features], at first `start`.
    Shapes: x and y [hits, features].
    """

    name = "gain"
    kind = "layer"
    layer = "gain_layer:Gain"
    inputs = (Port("x", "hits features", "what to multiply"),)
    outputs = (Port("x", "hits features", "the products"),)

    class Params(BlockParams):
        """What the numbers are at first."""

        start: float = param(1.0, "value of every number before training", gt=0)

    def weights(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Weights:
        """Return one trained number for each feature."""
        return Weights(inputs["x"].features)


@hookimpl
def register_blocks() -> list[type[Block]]:
    """Return the blocks of this plugin."""
    return [Gain]
