"""Declares what a hit gathers from neighbours, without any transformation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Kind, Port, param
from registry.plugins.shared.costs import gather


class Accumulate(Block):
    """Weighted mean and maximum over neighbours.

    Formula: `mean_i = (1/K) sum_k w_ik f_k` over the known neighbours, K the number of columns;
    `max_i = max_k w_ik f_k` over the known neighbours, starting from 0 if the first column is padding.
    `exponential`: `w = exp(-scale a)`; `linear`: `w = scale a`; without the input a: w = 1. `sumwnorm`: the mean is
    divided by the mean of w (exponential: at least 1e-3), the maximum is not.
    Shapes: x [sources, F], lists [hits, K], to [hits, 2 F] or [hits, F].
    Source: HGCalML, modules/accknn_op.py, AccumulateKnn.
    """

    name: ClassVar[str] = "accumulate"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.accumulate.layer:Accumulate"
    examples = (
        {"scale": 10.0},
        {"weighting": "linear", "sumwnorm": True},
    )
    inputs = (
        Port("x", "sources features", "what is gathered"),
        Port("neighbour_indices", "hits neighbours -> sources", "neighbours, -1 where there is none", "int32"),
        Port(
            "distances", "hits neighbours", "a: distances (squared or not) or weights", optional=True, bounds=(0, None)
        ),
    )
    outputs = (Port("x", "hits gathered", "[mean | max], or one of them"),)

    class Params(BlockParams):
        """How neighbours are weighted, and what is returned."""

        weighting: Literal["exponential", "linear"] = param("exponential", "w = exp(-scale a), or w = scale a")
        scale: float = param(1.0, "factor of a; 10 for GravNet's weights")
        mean: bool = param(True, "return the mean")
        maximum: bool = param(True, "return the maximum")
        sumwnorm: bool = param(False, "divide the mean by the mean weight")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        parts = max(1, int(self.params.mean) + int(self.params.maximum))
        bindings.sizes["gathered"] = parts * inputs["x"].features
        return super().output_types(inputs, bindings, node)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per neighbour and gathered column."""
        return float(gather(inputs["neighbour_indices"].features, outputs["x"].features, parts=1))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the mean and maximum, where they come from, and the weights of neighbours."""
        return outputs["x"].features + inputs["x"].features + inputs["neighbour_indices"].features

    def check(self) -> Iterator[Complaint]:
        if not (self.params.mean or self.params.maximum):
            yield Complaint("neither mean nor maximum is wanted", "mean", "set one of them to true")


BLOCKS = (Accumulate,)
