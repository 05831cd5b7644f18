"""Declares the loss of edges: which links join hits of one object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.shared.costs import PER_PAIR
from registry.plugins.shared.ports import TRUTH_INDEX, WEIGHTS_IN_LOSSES


class EdgeClassification(Loss):
    """Teaches the score of every link: 1 where both hits belong to one object, 0 for all others, those of noise too.

    Formula: with the score p of a link and its target y, kept within 1e-6 of 0 and 1,

        binary_cross_entropy   l = -y ln p - (1 - y) ln(1 - p)
        focal                  l = -y (1 - p)^gamma ln p - (1 - y) p^gamma ln(1 - p)

    where links with y = 1 count `positive_weight` times. `loss = scale Σ_i mean_j l_ij / n` over the n hits that have
    links, j over the links of each. With weights w of hits, v of objects (1 for noise) and g of events, hit i counts
    g_i w_i v_i times in the sum, and `n = Σ w_i v_i`.
    Shapes: edge_score and neighbour_indices [hits, K].
    Source: exa.trkx, arXiv:2103.06995; focal loss: arXiv:1708.02002.
    """

    name: ClassVar[str] = "edge_classification"
    layer: ClassVar[str] = "registry.plugins.losses.edge_classification.layer:EdgeClassification"
    mean_over: ClassVar[Literal["events", "hits"]] = "hits"
    examples = ({"form": "focal"}, {"form": "binary_cross_entropy", "positive_weight": 2.0})
    inputs = (
        Port("edge_score", "hits neighbours", "score of each link, 0 to 1", bounds=(0, 1)),
        Port("neighbour_indices", "hits neighbours -> hits", "where each link leads; -1 for none", "int32"),
        TRUTH_INDEX,
        *WEIGHTS_IN_LOSSES,
    )

    class Params(BlockParams):
        """Form and weights."""

        form: Literal["focal", "binary_cross_entropy"] = param("focal", "what a link's score costs")
        gamma: float = param(2.0, "`focal`: the larger, the less count links that are right already", ge=0)
        positive_weight: float = param(1.0, "how often links within an object count", gt=0, schedulable=True)
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if inputs["neighbour_indices"].features < 1:
            raise AxisMismatch("input 'neighbour_indices': expected a neighbour at least")
        return {}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a few per link."""
        return float(PER_PAIR * inputs["edge_score"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the scores, costs and factors of every link, and what the mean is made of."""
        return int((8 if self.params.form == "focal" else 5) * inputs["edge_score"].features + 5)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        import numpy as np

        truth, near = np.asarray(columns["truth_index"]).reshape(-1), np.asarray(columns["neighbour_indices"])
        same = (near >= 0) & (truth[:, None] >= 0) & (truth[np.maximum(near, 0)] == truth[:, None])
        return {"edge_score": same.astype(np.float32)}


BLOCKS = (EdgeClassification,)
