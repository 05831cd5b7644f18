"""Declares networks on links: messages with features of the links, gated, and scores of links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, InputTypes, Kind, Mixed, Port, Weights, param
from registry.plugins.graph.link_networks.declared import LinkBlock, LinkParams


class GatedMessagePassing(LinkBlock):
    """Messages along links that have features of their own: their mean, maximum, and gated sums over a hit's links.

    Formula: dense layers on every link, `e_ij = act(... act([x_i | x_j | l_ij] W_1 + b_1) ...)`, l_ij the features of
    the link, those that are wired, then `pair_columns`; `mean_j e_ij`, `max_j e_ij`; gates
    `g_ij = sigmoid(e_ij W_g + b_g)`, and for each gate `sum_j g_ij (x_j V) / (sum_j g_ij + 0.1)` and
    `ln(sum_j g_ij + 0.1)`. Over the known neighbours j; mean and maximum are 0 for a hit without any. Output x:
    `[mean | max | gated | ln]`, width `2 units + gates (gate_width + 1)`; output links: e_ij, 0 where there is no
    neighbour, the features of the links for the next layer.
    Memory: hits x width, forward and backward (links are computed in blocks of hits, and again for the gradient); with
    `return_links` the links beside. Weights, per layer: kernel, bias; then V, W_g, b_g.
    Source: interaction networks, arXiv:1612.00222; gated graph convolutions, arXiv:1711.07553; exa.trkx,
    arXiv:2103.06995.
    """

    name: ClassVar[str] = "gated_message_passing"
    layer: ClassVar[str] = "registry.plugins.graph.link_networks.messages:GatedMessagePassing"
    examples = (
        {"units": [5, 4], "gates": 2, "gate_width": 3},
        {"units": [5], "gates": 0},
        {"units": [5, 4], "gates": 2, "gate_width": 3, "return_links": False, "pair_columns": ["dz", "distance_xy"]},
    )
    outputs = (
        Port("x", "hits messages", "mean, maximum, gated sums, logarithm of the gates", default=True),
        Port("links", "hits neighbours link", "what the layers made of each link; with `return_links`"),
    )

    class Params(LinkParams):
        """Widths, activation, features that are computed of pairs, and gates."""

        gates: int = param(4, "gates of each link; 0 for none", ge=0)
        gate_width: int = param(12, "width of what each gate lets through", ge=1)
        return_links: bool = param(True, "hand on links; false: nothing of hits x neighbours x width is made")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        p = self.params
        width = 2 * p.units[-1] + p.gates * (p.gate_width + 1)
        bindings.sizes |= {"messages": width, "link": p.units[-1]}
        types = super().output_types(inputs, bindings, node)
        return types if p.return_links else {"x": types["x"]}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p, width = self.params, inputs["x"].features
        layers = self.layer_weights(inputs)
        return Weights(layers + p.gates * (width * p.gate_width + p.units[-1] + 1))

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        p, width, links = self.params, inputs["x"].features, inputs["neighbour_indices"].features
        of_link = self.link_cost(inputs) + p.gates * (p.units[-1] + p.gate_width)
        return float(links * of_link + width * (2 * p.units[0] + p.gates * p.gate_width))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what is made of a hit for the links, and what is gathered of it."""
        return super().inner_values(inputs, outputs) + int(self.params.gates * self.params.gate_width)


class LinkScores(LinkBlock):
    """A score of every link, 0 to 1: whether both of its hits belong to one object.

    Formula: `sigmoid(act(... [x_i | x_j | l_ij] W_1 + b_1 ...) w + b)`, l_ij the features of the link, those that are
    wired, then `pair_columns`; 0 where there is no neighbour. Taught by `edge_classification`, read out by
    `connected_components`.
    Memory: hits x width, forward and backward: links are computed in blocks of hits, and again for the gradient.
    Weights, per layer and of the score: kernel, bias.
    Source: exa.trkx, arXiv:2103.06995.
    """

    name: ClassVar[str] = "link_scores"
    layer: ClassVar[str] = "registry.plugins.graph.link_networks.scores:LinkScores"
    examples = ({"units": [5, 4]}, {"units": [5], "pair_columns": ["clip(axis_distance, -5, 5)"]})
    outputs = (Port("edge_score", "hits neighbours", "score of each link, 0 to 1"),)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if inputs["neighbour_indices"].features < 1:
            raise AxisMismatch("input 'neighbour_indices': expected a neighbour at least")
        return super().output_types(inputs, bindings, node)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(self.layer_weights(inputs) + self.params.units[-1] + 1)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        of_link = self.link_cost(inputs) + self.params.units[-1] + 1
        return float(inputs["neighbour_indices"].features * of_link + 2 * inputs["x"].features * self.params.units[0])


class ConcatenateLinks(Block):
    """Features of links side by side, in the order given: what a layer made of links, and what is known of them.

    Formula: `l_ij = [l_1_ij | l_2_ij | ...]`.
    Shapes: [hits, K, F_1], [hits, K, F_2], ... to [hits, K, F_1 + F_2 + ...].
    """

    name: ClassVar[str] = "concatenate_links"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.link_networks.concatenate:ConcatenateLinks"
    mixed: ClassVar[Mixed] = "as taken"
    inputs = (Port("link_features", "hits neighbours pair*", "features of the same links", many=True),)
    outputs = (Port("link_features", "hits neighbours pairs", "all of them"),)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["pairs"] = sum(links.features for links in inputs["link_features"])
        return super().output_types(inputs, bindings, node)


BLOCKS = (GatedMessagePassing, LinkScores, ConcatenateLinks)
