"""Declares the edge convolution of dynamic graph networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, Weights, param
from registry.contract.parameters import Activation
from registry.plugins.graph.edge_conv.rising import hits_suffice
from registry.plugins.graph.link_networks.block import GatedMessagePassing, links_width
from registry.plugins.shared.dense_options import Widths, dense_weights


class EdgeConv(Block):
    """Dense layers on every link of a hit, then the maximum or mean over its links.

    Formula: `e_ij = act(... act([x_i | x_j - x_i | l_ij] W_1 + b_1) ...)`, l_ij the features of the link where
    they are wired; output `max_j e_ij`, or the mean, over the known neighbours j; 0 for a hit without any. Behind `knn`
    on its own features this is the dynamic edge convolution.
    Memory: hits x neighbours x width; hits x width for the maximum of one layer whose activation rises, without
    features of links: `act(x_i (W_own - W_other) + b + max_j x_j W_other)`. Weights, per layer: kernel, bias.
    Source: Wang et al., arXiv:1801.07829.
    """

    name: ClassVar[str] = "edge_conv"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.edge_conv.layer:EdgeConv"
    examples = (
        {"units": [5, 4]},
        {"units": [5], "aggregation": "mean"},
    )
    inputs = GatedMessagePassing.inputs
    outputs = (Port("x", "hits units", "what the links gave"),)

    class Params(BlockParams):
        """Widths, activation, and how links are combined."""

        units: Widths = param(..., "width of each layer on the links")
        activation: Activation = param("relu", "Keras activation of every layer")
        aggregation: Literal["max", "mean"] = param("max", "how the links of a hit are combined")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        return {"x": TensorType((inputs["x"].axes[0], self.params.units[-1]))}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(dense_weights([2 * inputs["x"].features + links_width(inputs), *self.params.units]))

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        return float(self.weights(inputs, outputs).trainable * inputs["neighbour_indices"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the values of every layer on every link, or of every hit where links need none."""
        if hits_suffice(self.params) and "link_features" not in inputs:
            return 2 * int(self.params.units[0])
        return inputs["neighbour_indices"].features * (2 * inputs["x"].features + sum(self.params.units))


BLOCKS = (EdgeConv,)
