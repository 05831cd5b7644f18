"""Declares the losses of trees of links: which links to follow, and which hit of a neighbourhood to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.losses.graph_condensation_losses.block import ScoreLoss
from registry.plugins.losses.graph_condensation_losses.perfect import of_same_object
from registry.plugins.shared.costs import PER_PAIR
from registry.plugins.shared.ports import TRUTH_INDEX, WEIGHTS_IN_LOSSES


class LinkClassification(Loss):
    """Teaches the rate of every link: 1 for those to a hit of the same object, and of the first column for noise.

    Formula: with the rates p of hit i, column 0 for noise, targets `y = (1, 0, ..., 0)` for noise and
    `(0, same_1, ..., same_K)` for others, where `same_k` says that neighbour k belongs to the object of hit i:
    `loss = scale Σ_i mean_k -[y ln(p + 1e-7) + (1 - y) ln(1 - p + 1e-7)] / (n + 1)`, over the n hits that have links;
    p is kept within 1e-7 of 0 and 1. With weights w of hits, v of objects (1 for noise) and g of events, hit i counts
    g_i w_i v_i times in the sum, and `n = Σ w_i v_i`. `lonely_is_noise`: a hit without a neighbour of its object has
    noise's target.
    Shapes: edges [hits, 1 + K], indices [hits, K].
    Source: HGCalML (branch phd), modules/GraphCondensationLayers.py, LLGraphCondensationEdges.
    """

    name: ClassVar[str] = "link_classification"
    layer: ClassVar[str] = "registry.plugins.losses.link_losses.classification:LinkClassification"
    inputs = (
        Port("edges", "hits edges", "rate of being noise, then of each link, 0 to 1", bounds=(0, 1)),
        Port("neighbour_indices", "hits neighbours -> hits", "where each link leads; -1 for none", "int32"),
        TRUTH_INDEX,
        *WEIGHTS_IN_LOSSES,
    )

    class Params(BlockParams):
        """What lonely hits are, and the weight."""

        lonely_is_noise: bool = param(False, "hits whose neighbours all belong to others count as noise")
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the rates that are the targets."""
        import numpy as np

        same = of_same_object(columns)
        noise = columns["truth_index"] < 0
        if self.params.lonely_is_noise:
            noise = noise | ~same.any(1, keepdims=True)
        return {"edges": np.concatenate([noise, same & ~noise], 1).astype(columns["edges"].dtype)}

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        edges, neighbours = inputs["edges"].axes[1], inputs["neighbour_indices"].axes[1]
        if isinstance(edges, int) and isinstance(neighbours, int) and edges != neighbours + 1:
            raise AxisMismatch(f"input 'edges': expected {neighbours + 1} columns (noise, links), received {edges}")
        return {}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a few per link."""
        return float(PER_PAIR * inputs["edges"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return target, bounded rates and logarithms of every link, and what the mean is made of."""
        return 7 * inputs["edges"].features + 6


class BestNeighbourScore(ScoreLoss):
    """Teaches a score by which one hit near every hit of an object is kept, and the others are not.

    Formula: with the scores `σ_k` of the `K` nearest hits of hit i (itself included), `same_k` = 1 for those of the
    object of hit i, `m = argmax_k same_k σ_k`, `w_k = same_k exp(-|x_k - x_m|²) / Σ_k same_k exp(-|x_k - x_m|²)`, and
    `y_k` = 1 for k = m, else 0, and 0 where the object has less than `low_energy_cut`:

        l_i  = -Σ_k [(1 - w_k) y_k ln σ_k + w_k (1 - y_k) ln(1 - σ_k)]
        loss = scale [Σ_i l_i / (n + 0.1) + noise_weight mean_{noise} -ln(1 - σ)],   n the number of hits of objects

    With weights w of hits, v of objects (1 for noise) and g of events, hit i counts g_i w_i v_i times in each sum, and
    w_i v_i times in each number of hits.
    σ is kept within 1e-6 of 0 and 1. No gradient reaches the coordinates. `lone_hits`: w = 0 for a hit without another
    of its object near, so that its score is pushed up. In the original m is taken for the number of a hit of the batch,
    x_m for that hit's place (`legacy_place`); noise and lone hits learn nothing (docs/faults.md, P-6 and P-7).
    Shapes: score [hits, 1], coordinates [hits, C].
    Errors: `low_energy_cut` needs truth_energy.
    Source: HGCalML (branch phd), modules/GraphCondensationLayers.py, LLGraphCondensationScore.
    """

    name: ClassVar[str] = "best_neighbour_score"
    layer: ClassVar[str] = "registry.plugins.losses.link_losses.best_neighbour:BestNeighbourScore"
    examples = ({"K": 6, "low_energy_cut": 0.5},)

    class Params(BlockParams):
        """Neighbourhood and weights."""

        K: int = param(64, "nearest hits looked at, the hit itself included", ge=2, le=513)
        low_energy_cut: float = param(0.0, "objects below need not keep a hit; 0: all must [GeV]", ge=0)
        noise_weight: float = param(1.0, "weight of the mean penalty on the scores of noise", ge=0, schedulable=True)
        lone_hits: bool = param(True, "push up the score of a hit without another of its object near")
        legacy_place: bool = param(False, "take m for the number of a hit of the batch (docs/faults.md, P-6)")
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        return self.search_cost(inputs)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return target, weight and logarithms of every neighbour, and what the mean is made of."""
        return 9 * self.params.K + 13


BLOCKS = (LinkClassification, BestNeighbourScore)
