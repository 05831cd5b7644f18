"""Declares the fill-space loss."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import BlockParams, InputTypes, Port, Weights, param
from registry.contract.loss import Loss
from registry.plugins.shared.ports import ROW_SPLITS


class FillSpace(Loss):
    """Keeps a coordinate space from collapsing onto a surface: all directions should spread alike.

    Formula, per event: with the eigenvalues λ of the covariance of the hits' coordinates,
    `pen = ln((mean λ / (min λ + 1e-6) - 1)² + 1)`, 0 without hits; `loss = scale · mean of pen over events`.
    Where an event has more than `maxhits` hits, that many are drawn (with replacement). Noise is left out where
    `truth_index` is wired. In training the loss is evaluated in the first call and in every (`runevery` + 1)-th one
    thereafter, and 0 in between; in validation it always is.
    Shapes: coordinates [hits, C].
    Weights: the number of training calls.
    Source: HGCalML, modules/LossLayers.py, LLFillSpace. Here each event has its own truth, the mean is over events, and
    every hit can be drawn (docs/faults.md, Q-8).
    """

    name: ClassVar[str] = "fill_space"
    layer: ClassVar[str] = "registry.plugins.losses.fill_space.layer:FillSpace"
    inputs = (
        Port("coordinates", "hits C", "the space to fill"),
        ROW_SPLITS,
        Port("truth_index", "hits 1", "negative for noise, which is left out", "int32", optional=True),
    )

    class Params(BlockParams):
        """How many hits are looked at, how often, and the weight."""

        maxhits: int = param(1000, "hits drawn of events that have more", gt=0)
        runevery: int = param(-1, "training calls left out between two evaluations; negative: none", schedulable=True)
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the hits of each event with the same spread in all directions, if it has more hits than there are."""
        import numpy as np

        x = columns["coordinates"].astype("float64")
        for first, last in pairwise(columns["row_splits"]):
            left, _, right = np.linalg.svd(x[first:last] - x[first:last].mean(0, keepdims=True), full_matrices=False)
            x[first:last] = np.sqrt(last - first) * left @ right
        signal = {"truth_index": 0 * columns["truth_index"]} if "truth_index" in columns else {}
        return {"coordinates": x.astype(columns["coordinates"].dtype), **signal}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(frozen=1)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return the covariance; only `maxhits` hits of an event enter, which the plan does not know."""
        return float(inputs["coordinates"].features ** 2)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the coordinates and their deviations in 64 bits; only `maxhits` hits of an event enter."""
        return 4 * inputs["coordinates"].features + 3


BLOCKS = (FillSpace,)
"""The blocks of this folder."""
