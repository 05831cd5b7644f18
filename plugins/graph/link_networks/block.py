"""Declares networks on links: messages with features of the links, gated, and scores of links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Mixed, Port, Weights, param
from registry.contract.parameters import Activation
from registry.plugins.graph.message_passing.block import neighbour_ports
from registry.plugins.shared.dense_options import Widths, dense_weights

LINK_FEATURES = Port(
    "link_features", "hits neighbours pair", "features of each link: of `pair_features`, or of a layer before"
)


def links_width(inputs: InputTypes) -> int:
    """Return how many features a link has, 0 where none are wired."""
    return int(inputs["link_features"].features) if "link_features" in inputs else 0


class GatedMessagePassing(Block):
    """Messages along links that have features of their own: their mean, maximum, and gated sums over a hit's links.

    Formula: dense layers on every link, `e_ij = act(... act([x_i | x_j | l_ij] W_1 + b_1) ...)`, l_ij the features of
    the link; `mean_j e_ij`, `max_j e_ij`; gates `g_ij = sigmoid(e_ij W_g + b_g)`, and for each gate
    `sum_j g_ij (x_j V) / (sum_j g_ij + 0.1)` and `ln(sum_j g_ij + 0.1)`. Over the known neighbours j; mean and maximum
    are 0 for a hit without any. Output x: `[mean | max | gated | ln]`, width `2 units + gates (gate_width + 1)`; output
    links: e_ij, 0 where there is no neighbour, the features of the links for the next layer.
    Memory: hits x neighbours x width. Weights, per layer: kernel, bias; then V, W_g, b_g.
    Source: interaction networks, arXiv:1612.00222; gated graph convolutions, arXiv:1711.07553; exa.trkx,
    arXiv:2103.06995.
    """

    name: ClassVar[str] = "gated_message_passing"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.link_networks.messages:GatedMessagePassing"
    examples = ({"units": [5, 4], "gates": 2, "gate_width": 3}, {"units": [5], "gates": 0})
    inputs = (
        *neighbour_ports(),
        Port(LINK_FEATURES.name, LINK_FEATURES.pattern, LINK_FEATURES.description, optional=True),
    )
    outputs = (
        Port("x", "hits messages", "mean, maximum, gated sums, logarithm of the gates", default=True),
        Port("links", "hits neighbours link", "what the layers made of each link"),
    )

    class Params(BlockParams):
        """Widths, activation, and gates."""

        units: Widths = param(..., "width of each layer on the links")
        activation: Activation = param("relu", "Keras activation of every layer")
        gates: int = param(4, "gates of each link; 0 for none", ge=0)
        gate_width: int = param(12, "width of what each gate lets through", ge=1)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        p = self.params
        width = 2 * p.units[-1] + p.gates * (p.gate_width + 1)
        bindings.sizes |= {"messages": width, "link": p.units[-1]}
        return super().output_types(inputs, bindings, node)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p, width = self.params, inputs["x"].features
        layers = dense_weights([2 * width + links_width(inputs), *p.units])
        return Weights(layers + p.gates * (width * p.gate_width + p.units[-1] + 1))

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        p, width, links = self.params, inputs["x"].features, inputs["neighbour_indices"].features
        of_link = dense_weights([links_width(inputs), *p.units]) + p.gates * (p.units[-1] + p.gate_width)
        return float(links * of_link + width * (2 * p.units[0] + p.gates * p.gate_width))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the values of every layer on every link, and what is gathered."""
        p = self.params
        of_link = p.units[0] + sum(p.units) + p.gates * (p.gate_width + 1)
        return int(inputs["neighbour_indices"].features * of_link)


class LinkScores(Block):
    """A score of every link, 0 to 1: whether both of its hits belong to one object.

    Formula: `sigmoid(act(... [x_i | x_j | l_ij] W_1 + b_1 ...) w + b)`, l_ij the features of the link; 0 where there is
    no neighbour. Taught by `edge_classification`, read out by `connected_components`.
    Memory: hits x neighbours x width. Weights, per layer and of the score: kernel, bias.
    Source: exa.trkx, arXiv:2103.06995.
    """

    name: ClassVar[str] = "link_scores"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.link_networks.scores:LinkScores"
    examples = ({"units": [5, 4]},)
    inputs = GatedMessagePassing.inputs
    outputs = (Port("edge_score", "hits neighbours", "score of each link, 0 to 1"),)

    class Params(BlockParams):
        """Widths and activation."""

        units: Widths = param(..., "width of each layer on the links, before the score")
        activation: Activation = param("relu", "Keras activation of every layer")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if inputs["neighbour_indices"].features < 1:
            raise AxisMismatch("input 'neighbour_indices': expected a neighbour at least")
        return super().output_types(inputs, bindings, node)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(dense_weights([2 * inputs["x"].features + links_width(inputs), *self.params.units, 1]))

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        of_link = dense_weights([links_width(inputs), *self.params.units, 1])
        return float(inputs["neighbour_indices"].features * of_link + 2 * inputs["x"].features * self.params.units[0])

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the values of every layer on every link."""
        return int(inputs["neighbour_indices"].features * (self.params.units[0] + sum(self.params.units)))


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
