"""Declares GravNet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import InputTypes, Weights, param
from registry.contract.parameters import Activation
from registry.plugins.graph.learned_space.declared import LearnedSpaceBlock, LearnedSpaceParams
from registry.plugins.shared.costs import gather


class GravNet(LearnedSpaceBlock):
    """Learns a low-dimensional space, connects each hit to its nearest neighbours there, and gathers from them.

    Formula: `h = act(x W1 + b1)`, `s = [x_c | x] Ws`, the neighbours and squared distances d2 are found in s;
    `p = [mean | max](exp(-10 d2) h_neighbours) - [h | h]` without the hit itself, the mean over `n_neighbours`
    whether found or not; `features = relu([p | x] Wo + bo)`. Gradients reach s through d2 and through the output s.
    Weights: W1 [F, n_propagate], b1, Ws [F_c + F, n_dimensions] (identity plus noise), Wo [2 n_propagate + F,
    n_filters], bo, and one value that is 1 and unused (a radius), so that recorded weights fit.
    Source: arXiv:1902.07987; HGCalML, modules/GravNetLayersRagged.py, RaggedGravNet (docs/faults.md, Q-52).
    """

    name: ClassVar[str] = "gravnet"
    layer: ClassVar[str] = "registry.plugins.graph.gravnet.layer:GravNet"
    examples = (
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "coord_initialiser_noise": 0.3},
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "sumwnorm": True},
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "return_self": False},
    )
    n_sent = 1
    n_found = 2

    class Params(LearnedSpaceParams):
        """Neighbours, widths, and how neighbours are weighted."""

        n_propagate: int = param(..., "width of what is gathered from neighbours", ge=1)
        sumwnorm: bool = param(False, "divide the mean by the sum of weights (at least 1e-3 per column) instead")
        feature_activation: Activation = param("relu", "Keras activation of what is gathered")

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(super().weights(inputs, outputs).trainable, 1)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per weight, an estimate of the search, and the mean and maximum over neighbours."""
        p = self.params
        gathered = gather(p.n_neighbours, p.n_propagate) + p.n_neighbours * p.n_dimensions
        return super().multiply_adds(inputs, outputs) + gathered

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what is propagated, the mean and maximum with the input beside them, and the weights of neighbours."""
        p = self.params
        return 3 * p.n_propagate + inputs["x"].features + p.n_neighbours


BLOCKS = (GravNet,)
