"""Declares regularisers of neighbour distances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from registry.contract.axes import TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss

SQUARED_DISTANCES = Port(
    "squared_distances", "hits neighbours", "to each neighbour; 0 for the hit itself and padding", bounds=(0, None)
)

BATCH = "it is of the mean, and of the largest, over all hits of the batch"
"""Why an event changes what the loss asks of others."""


class DistanceRegularizer(Loss):
    """Keeps the typical distance of neighbours near 0.5, where the weight exp(-10 d²) has a gradient.

    Formula: `a = mean_i[ sum_k sqrt(d²_ik + 1e-3) / n_i ]` over the n_i neighbours with d² > 0 (a hit without any
    counts as 0); `loss = strength (a - 0.5)²`.
    Shapes: squared distances [hits, neighbours]. "average_distance" is a.
    Source: HGCalML, modules/Regularizers.py, AverageDistanceRegularizer. There the hit itself and padding enter the sum
    (docs/faults.md, Q-13).
    """

    name: ClassVar[str] = "distance_regularizer"
    layer: ClassVar[str] = "registry.plugins.losses.distance_regularizer.average:DistanceRegularizer"
    inputs = (SQUARED_DISTANCES,)
    terms: ClassVar[tuple[str, ...]] = ("average_distance",)
    mean_over: ClassVar[Literal["events", "hits"]] = "hits"
    exempt = {"events in losses": BATCH}

    class Params(BlockParams):
        """The weight."""

        strength: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return distances at which the loss is 0."""
        return {"squared_distances": 0 * columns["squared_distances"] + (0.5**2 - 1e-3)}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return two per neighbour: root and sum."""
        return 2.0 * inputs["squared_distances"].features

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the root for each neighbour, and whether there is one."""
        return 2 * inputs["squared_distances"].features + 2


class MeanMaxDistanceRegularizer(Loss):
    """Keeps the distance of the furthest neighbour near 0.9, on average and for the worst hit.

    Formula: `q_i = max_k sqrt(d²_ik + 1e-6)`; `loss = strength (h(mean q - 0.9) + h(max q - 0.9))`, with h(u) = u² for
    u <= 0, else u²/4.
    Shapes: squared distances [hits, neighbours]. Terms: mean and maximum of q.
    Source: HGCalML, modules/Regularizers.py, MeanMaxDistanceRegularizer.
    """

    name: ClassVar[str] = "mean_max_distance_regularizer"
    layer: ClassVar[str] = "registry.plugins.losses.distance_regularizer.mean_max:MeanMaxDistanceRegularizer"
    inputs = (SQUARED_DISTANCES,)
    terms: ClassVar[tuple[str, ...]] = ("mean_furthest", "furthest")
    mean_over: ClassVar[Literal["events", "hits"]] = "hits"
    exempt = {"events in losses": BATCH}

    class Params(BlockParams):
        """The weight."""

        strength: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return distances at which the loss is 0."""
        return {"squared_distances": 0 * columns["squared_distances"] + (0.9**2 - 1e-6)}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return two per neighbour: root and maximum."""
        return 2.0 * inputs["squared_distances"].features

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the root for each neighbour, and the largest."""
        return inputs["squared_distances"].features + 1


BLOCKS = (DistanceRegularizer, MeanMaxDistanceRegularizer)
"""The blocks of this folder."""
