"""Declares GravNet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, Weights, param
from registry.contract.parameters import Activation
from registry.plugins.kernels.limits import MAX_DIMENSIONS, MAX_NEIGHBOURS
from registry.plugins.shared.costs import gather, search
from registry.plugins.shared.ports import ROW_SPLITS


class GravNet(Block):
    """Learns a low-dimensional space, connects each hit to its nearest neighbours there, and gathers from them.

    Formula: `h = act(x W1 + b1)`, `s = [x_c | x] Ws`, the neighbours and squared distances d2 are found in s;
    `p = [mean | max](exp(-10 d2) h_neighbours) - [h | h]` without the hit itself, the mean over `n_neighbours`
    whether found or not; `features = relu([p | x] Wo + bo)`. Gradients reach s through d2 and through the output s.
    Weights: W1 [F, n_propagate], b1, Ws [F_c + F, n_dimensions] (identity plus noise), Wo [2 n_propagate + F,
    n_filters], bo, and one value that is 1 and unused (a radius), so that recorded weights fit.
    Source: arXiv:1902.07987; HGCalML, modules/GravNetLayersRagged.py, RaggedGravNet (docs/faults.md, Q-52).
    """

    name: ClassVar[str] = "gravnet"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.gravnet.layer:GravNet"
    examples = (
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "coord_initialiser_noise": 0.3},
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "sumwnorm": True},
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "return_self": False},
    )
    inputs = (
        Port("x", "hits features", "features of each hit"),
        ROW_SPLITS,
        Port("coordinate_features", "hits extra", "further columns the learned space may use", optional=True),
    )
    outputs = (
        Port("features", "hits {n_filters}", "what each hit gathered", default=True),
        Port("coordinates", "hits {n_dimensions}", "the learned space"),
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours, -1 where there is none", "int32"),
        Port("squared_distances", "hits neighbours", "squared distance in the learned space, 0 for none"),
    )

    class Params(BlockParams):
        """Neighbours, widths, and how neighbours are weighted."""

        n_neighbours: int = param(..., "neighbours of each hit, without the hit itself", gt=1, le=MAX_NEIGHBOURS)
        n_dimensions: int = param(..., "dimensions of the learned space", ge=1, le=MAX_DIMENSIONS)
        n_filters: int = param(..., "width of the output features", ge=1)
        n_propagate: int = param(..., "width of what is gathered from neighbours", ge=1)
        return_self: bool = param(True, "list each hit as its own first neighbour in the outputs, at distance 0")
        sumwnorm: bool = param(False, "divide the mean by the sum of weights (at least 1e-3 per column) instead")
        feature_activation: Activation = param("relu", "Keras activation of what is gathered")
        coord_initialiser_noise: float | None = param(
            1e-2, "noise added to the identity that starts the learned space; none: glorot-uniform instead"
        )

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["neighbours"] = self.params.n_neighbours + int(self.params.return_self)
        return super().output_types(inputs, bindings, node)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p, width = self.params, inputs["x"].features
        extra = inputs["coordinate_features"].features if "coordinate_features" in inputs else 0
        propagate, space = (width + 1) * p.n_propagate, (width + extra) * p.n_dimensions
        return Weights(propagate + space + (2 * p.n_propagate + width + 1) * p.n_filters, 1)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per weight, an estimate of the search, and the mean and maximum over neighbours."""
        p = self.params
        gathered = gather(p.n_neighbours, p.n_propagate) + p.n_neighbours * p.n_dimensions
        return super().multiply_adds(inputs, outputs) + search(p.n_neighbours, p.n_dimensions) + gathered

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what is propagated, the mean and maximum with the input beside them, and the weights of neighbours."""
        p = self.params
        return 3 * p.n_propagate + inputs["x"].features + p.n_neighbours


BLOCKS = (GravNet,)
