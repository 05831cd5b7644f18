"""Declares message passing over given neighbours, weighted by distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, Examples, InputTypes, Kind, Mixed, Port, Weights, param
from registry.contract.parameters import Activation
from registry.plugins.shared.costs import gather
from registry.plugins.shared.dense_options import Widths


def neighbour_ports(squared_distances: str = "", optional: bool = False) -> tuple[Port, ...]:
    """Return the ports of a block that gathers from neighbours; without a description, it needs no distances."""
    ports = (
        Port("x", "hits features", "features of each hit"),
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours, -1 where there is none", "int32"),
    )
    if not squared_distances:
        return ports
    return (
        *ports,
        Port("squared_distances", "hits neighbours", squared_distances, optional=optional, bounds=(0, None)),
    )


class MessagePassing(Block):
    """Messages from neighbours, weighted by distance, in steps that build on one another.

    Formula: `f_0 = x`; `g_t = act(f_{t-1} W_t + b_t)`; `f_t = [mean | max](w g_t of the neighbours) - [g_t | g_t]`;
    output `[f_1 | ... | f_T | x]`, width F + 2 sum(n_t). w = exp(-10 d2), or d2 itself without `exp_distances`; the
    mean is over all columns, the hit itself included where it is listed.
    Weights, per step: W_t [in, n_t], glorot-uniform; b_t [n_t], zeros.
    Source: HGCalML, modules/GravNetLayersRagged.py, DistanceWeightedMessagePassing; arXiv:2204.01681.
    """

    name: ClassVar[str] = "message_passing"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.message_passing.distance_weighted:MessagePassing"
    mixed: ClassVar[Mixed] = True
    examples: ClassVar[Examples] = (
        {"n_feature_transformation": [3, 2]},
        {"n_feature_transformation": [3], "sumwnorm": True},
        {"n_feature_transformation": [3], "exp_distances": False, "sumwnorm": True},
    )
    inputs = neighbour_ports("squared distance to each neighbour")
    outputs = (Port("x", "hits messages", "messages of all steps, then the input features"),)

    class Params(BlockParams):
        """Widths of the steps, activation, and how distances weight."""

        n_feature_transformation: Widths = param(..., "width of each step; each adds twice as many columns")
        sumwnorm: bool = param(False, "divide the mean by the sum of weights instead of the number of columns")
        activation: Activation = param("relu", "Keras activation of every step")
        exp_distances: bool = param(True, "weight by exp(-10 d2); false: by d2 itself: far neighbours count more")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        x: TensorType = inputs["x"]
        return {"x": TensorType((x.axes[0], x.features + 2 * sum(self.params.n_feature_transformation)))}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        widths = self.params.n_feature_transformation
        before = [inputs["x"].features, *(2 * width for width in widths)]
        return Weights(sum((size + 1) * width for size, width in zip(before, widths, strict=False)))

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per weight, and the mean and maximum over neighbours in every step."""
        neighbours = inputs["neighbour_indices"].features
        gathered = gather(neighbours, sum(self.params.n_feature_transformation))
        return super().multiply_adds(inputs, outputs) + gathered

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what every step propagates and gathers, and the weights of neighbours."""
        return 3 * sum(self.params.n_feature_transformation) + inputs["neighbour_indices"].features


class PlainMessagePassing(MessagePassing):
    """Messages from neighbours that all count the same, in steps that build on one another.

    Formula: as `message_passing` with w = 1. Source: HGCalML, modules/GravNetLayersRagged.py, MessagePassing.
    """

    name: ClassVar[str] = "plain_message_passing"
    layer: ClassVar[str] = "registry.plugins.graph.message_passing.plain:PlainMessagePassing"
    examples = ({"n_feature_transformation": [3, 2]},)
    inputs = neighbour_ports()

    class Params(BlockParams):
        """Widths of the steps and activation."""

        n_feature_transformation: Widths = param(..., "width of each step; each adds twice as many columns")
        activation: Activation = param("relu", "Keras activation of every step")


class AttentionMessagePassing(MessagePassing):
    """Messages from neighbours, weighted by distance and by a learned attention, in steps that build on one another.

    Formula: `e = act(x We + be)`; `w_ik = exp(-10 d2_ik) sigmoid([f_{t-1} | e of all neighbours] A_t + a_t)_k`, with -2
    for the embedding of a missing neighbour and 1 for the exponential without distances;
    `g_t = act(f_{t-1} W_t + b_t)`; `f_t = K [mean | max](w g_t of the neighbours) - [g_t | g_t]`;
    output `[x | f_1 | ... | f_T]`. Weights: all W_t, b_t; all A_t [in + K pos_embedding, K], a_t [K]; We, be.
    Source: HGCalML, modules/GravNetLayersRagged.py, DistanceWeightedAttentionMP and AttentionMP.
    """

    name: ClassVar[str] = "attention_message_passing"
    layer: ClassVar[str] = "registry.plugins.graph.message_passing.attention:AttentionMessagePassing"
    examples = ({"n_feature_transformation": [3, 2]},)
    inputs = neighbour_ports("squared distance to each neighbour", optional=True)
    outputs = (Port("x", "hits messages", "the input features, then the messages of all steps"),)

    class Params(BlockParams):
        """Widths of the steps and of the embedding, activation."""

        n_feature_transformation: Widths = param(..., "width of each step; adds twice as many columns")
        pos_embedding: int = param(8, "width of the embedding the attention sees of each neighbour", ge=1)
        activation: Activation = param("elu", "Keras activation of the steps and of the embedding")

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p, width, neighbours = self.params, inputs["x"].features, inputs["neighbour_indices"].features
        before = [width, *(2 * units for units in p.n_feature_transformation)]
        attention = sum((size + neighbours * p.pos_embedding + 1) * neighbours for size in before[:-1])
        embedding = (width + 1) * p.pos_embedding
        return Weights(super().weights(inputs, outputs).trainable + attention + embedding)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return those of message passing, and in every step the embeddings of neighbours and the attention."""
        p, neighbours = self.params, inputs["neighbour_indices"].features
        attention = len(p.n_feature_transformation) * neighbours * (p.pos_embedding + 1)
        return super().inner_values(inputs, outputs) + attention


BLOCKS = (MessagePassing, PlainMessagePassing, AttentionMessagePassing)
