"""Declares the edge convolution of dynamic graph networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import InputTypes, Port, Weights, param
from registry.plugins.graph.link_networks.declared import LinkBlock, LinkParams


class EdgeConv(LinkBlock):
    """Dense layers on every link of a hit, then the maximum or mean over its links.

    Formula: `e_ij = act(... act([x_i | x_j - x_i | l_ij] W_1 + b_1) ...)`, l_ij the features of the link, those that
    are wired, then `pair_columns`; output `max_j e_ij`, or the mean, over the known neighbours j; 0 for a hit without
    any. Behind `knn` on its own features this is the dynamic edge convolution.
    Memory: hits x width, forward and backward: links are computed in blocks of hits, and again for the gradient. The
    maximum of one layer whose activation rises, without features of links, is computed without links:
    `act(x_i (W_own - W_other) + b + max_j x_j W_other)`. Weights, per layer: kernel, bias.
    Source: Wang et al., arXiv:1801.07829.
    """

    name: ClassVar[str] = "edge_conv"
    layer: ClassVar[str] = "registry.plugins.graph.edge_conv.layer:EdgeConv"
    examples = (
        {"units": [5, 4]},
        {"units": [5], "aggregation": "mean"},
        {"units": [5], "pair_columns": ["dz", "dr"]},
    )
    outputs = (Port("x", "hits units", "what the links gave"),)

    class Params(LinkParams):
        """Widths, activation, features that are computed of pairs, and how links are combined."""

        aggregation: Literal["max", "mean"] = param("max", "how the links of a hit are combined")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        return {"x": TensorType((inputs["x"].axes[0], self.params.units[-1]))}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(self.layer_weights(inputs))

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        return float(self.weights(inputs, outputs).trainable * inputs["neighbour_indices"].features)


BLOCKS = (EdgeConv,)
