"""Declares the scaling of distances by what a hit says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, param


class LocalDistanceScaling(Block):
    """Squared distances of every hit to its neighbours, times a positive factor that the hit chooses.

    Formula: `d2 g(s)`, with `g(s) = 2 h sigmoid(a s / (2 h)) + 1 - h`, where `h = 1 - 1/a` for s < 0 and `h = a - 1`
    above, a = `max_scale`: from 1/a to a, g(0) = 1, slope a/4 on both sides. Gradients reach both inputs.
    `legacy_upper_bound`: above 0 `a sigmoid(s) + 1 - a/2`, which ends at 1 + a/2, as the original does.
    Shapes: [hits, K] and [hits, 1] to [hits, K].
    Source: HGCalML (branch phd), modules/GravNetLayersRagged.py, LocalDistanceScaling.
    """

    name: ClassVar[str] = "local_distance_scaling"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.distance_scaling.layer:LocalDistanceScaling"
    inputs = (
        Port("squared_distances", "hits neighbours", "squared distance to each neighbour", bounds=(0, None)),
        Port("scale", "hits 1", "s, any number: above 0 for farther, below for nearer"),
    )
    outputs = (Port("squared_distances", "hits neighbours", "scaled squared distances"),)

    class Params(BlockParams):
        """How far distances may be scaled."""

        max_scale: float = param(10.0, "a, the largest factor; 1/a is the smallest", gt=1)
        legacy_upper_bound: bool = param(False, "end at 1 + a/2, for weights that were trained with it")

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per distance."""
        return float(inputs["squared_distances"].features)


BLOCKS = (LocalDistanceScaling,)
