"""What blocks that look for neighbours in a learned space have in common: the ports and parameters of `gravnet`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, Weights, param
from registry.plugins.kernels.limits import MAX_DIMENSIONS, MAX_NEIGHBOURS
from registry.plugins.shared.costs import search
from registry.plugins.shared.ports import ROW_SPLITS


class LearnedSpaceParams(BlockParams):
    """Neighbours that are listed, and widths."""

    n_neighbours: int = param(..., "neighbours of each hit, without the hit itself", gt=1, le=MAX_NEIGHBOURS)
    n_dimensions: int = param(..., "dimensions of the learned space", ge=1, le=MAX_DIMENSIONS)
    n_filters: int = param(..., "width of the output features", ge=1)
    n_propagate: int = param(..., "width of what is gathered from other hits", ge=1)
    return_self: bool = param(True, "list each hit as its own first neighbour in the outputs, at distance 0")
    coord_initialiser_noise: float | None = param(
        1e-2, "noise added to the identity that starts the learned space; none: glorot-uniform instead"
    )


class LearnedSpaceBlock(Block):
    """Base of blocks whose hits gather from others that are near in a learned space.

    Formula: `s = [x_c | x] Ws`; `features = relu([found | x] Wo + bo)`; what each hit has found of what others send is
    for a subclass to say.
    """

    kind: ClassVar[Kind] = "layer"
    inputs = (
        Port("x", "hits features", "features of each hit"),
        ROW_SPLITS,
        Port("coordinate_features", "hits extra", "further columns the learned space may use", optional=True),
    )
    outputs: ClassVar[tuple[Port, ...]] = (
        Port("features", "hits {n_filters}", "what each hit gathered", default=True),
        Port("coordinates", "hits {n_dimensions}", "the learned space"),
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours, -1 where there is none", "int32"),
        Port("squared_distances", "hits neighbours", "squared distance in the learned space, 0 for none"),
    )

    n_sent: ClassVar[int]
    """How many times `n_propagate` columns are computed of each hit for others."""
    n_found: ClassVar[int]
    """How many times `n_propagate` columns each hit has of others."""

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["neighbours"] = self.params.n_neighbours + int(self.params.return_self)
        return super().output_types(inputs, bindings, node)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p, width = self.params, inputs["x"].features
        extra = inputs["coordinate_features"].features if "coordinate_features" in inputs else 0
        sent, space = (width + 1) * self.n_sent * p.n_propagate, (width + extra) * p.n_dimensions
        return Weights(sent + space + (self.n_found * p.n_propagate + width + 1) * p.n_filters)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per weight, and an estimate of the search."""
        return super().multiply_adds(inputs, outputs) + search(self.params.n_neighbours, self.params.n_dimensions)
