"""Declares the regulariser that ties a GravNet space to the detector's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from registry.contract.axes import TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.shared.costs import PER_PAIR


class GravnetSpaceRegularizer(Loss):
    """Makes distances in a GravNet space resemble those between the hits in the detector.

    Formula: `D_ik` = distance of hit i and neighbour k in the detector, from the first two coordinates, or, with
    `project`, from c / |c|; `d_ik` the learned distance; both 0 for missing neighbours; `loss = scale · mean_ik
    (softmax_k(sqrt(D² + 1e-6)) - softmax_k(sqrt(d² + 1e-6)))²`.
    Shapes: squared distances and indices [hits, neighbours], coordinates [hits, P].
    Source: HGCalML, modules/LossLayers.py, LLRegulariseGravNetSpace. Here hit number 0 is a neighbour like others
    (docs/faults.md, Q-15).
    """

    name: ClassVar[str] = "gravnet_space_regularizer"
    layer: ClassVar[str] = "registry.plugins.losses.gravnet_space_regularizer.layer:GravnetSpaceRegularizer"
    mean_over: ClassVar[Literal["events", "hits"]] = "hits"
    examples = (
        {},
        {"project": True},
    )
    inputs = (
        Port("squared_distances", "hits neighbours", "learned squared distance to each neighbour", bounds=(0, None)),
        Port("coordinates", "hits P", "position of the hit in the detector"),
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours; -1 for none", "int32"),
    )

    class Params(BlockParams):
        """Which detector distance, and the weight."""

        project: bool = param(False, "compare directions from the origin, not the first two coordinates")
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return learned distances that are those in the detector."""
        import numpy as np

        places, indices = columns["coordinates"], columns["neighbour_indices"]
        points = places / np.sqrt((places**2).sum(1, keepdims=True) + 1e-6) if self.params.project else places[:, :2]
        return {"squared_distances": ((points[:, None] - points[np.maximum(indices, 0)]) ** 2).sum(2)}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return the detector's distance to every neighbour, and two softmax."""
        return float(inputs["neighbour_indices"].features * (inputs["coordinates"].features + 2 * PER_PAIR))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the differences to neighbours in the detector, both distances and their softmax."""
        dimensions = inputs["coordinates"].features if self.params.project else 2
        return inputs["neighbour_indices"].features * (8 + dimensions)


BLOCKS = (GravnetSpaceRegularizer,)
"""The blocks of this folder."""
