"""Declares message passing that depends on differences of features only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, Weights, param
from registry.contract.parameters import Activation
from registry.plugins.graph.message_passing.block import neighbour_ports
from registry.plugins.shared.costs import gather
from registry.plugins.shared.dense_options import Widths


class TranslationInvariantMessagePassing(Block):
    """Messages from neighbours that do not change when the same vector is added to the features of all hits.

    Formula: w = exp(-10 d2), K columns. First step `m_1 = sum_k w_k (x_k - x_i) / K`, later ones
    `m_t = sum_k w_k f_k / K`, over the known neighbours; with `sum_weight` times `K / (sum_k w_k + 1e-2)`, where a
    missing neighbour, listed at distance 0, counts too. Without `mean`: `m_t = max_k(w_k f_k) - f_i`, f = -2 for a
    missing neighbour. `f_t = act(m_t W_t + b_t)`, no b_1; output `[f_1 | ... | f_T]`. `layer_norm` scales the
    features before each exchange, `f / sqrt(sum_c f_c^2 + 1e-6) * sqrt(F)`, without taking their mean off: a vector
    that is added to all hits then changes the messages.
    Weights: W_t (he-normal), then, but for the first step, b_t.
    Shapes: x [hits, F], lists [hits, K], to [hits, sum(n_t)].
    Source: HGCalML (branch future_dev), modules/GravNetLayersRagged.py, TranslationInvariantMP.
    """

    name: ClassVar[str] = "translation_invariant_message_passing"
    kind: ClassVar[Kind] = "layer"
    version: ClassVar[int] = 2
    layer: ClassVar[str] = "registry.plugins.graph.translation_invariant.layer:TranslationInvariantMessagePassing"
    examples = (
        {"n_feature_transformation": [3, 2], "layer_norm": True, "sum_weight": True},
        {"n_feature_transformation": [3, 2], "mean": False},
    )
    inputs = neighbour_ports("squared distance to each neighbour", optional=True)
    outputs = (Port("x", "hits messages", "the features of all steps"),)

    class Params(BlockParams):
        """Widths of the steps, activation, and how neighbours are summed."""

        n_feature_transformation: Widths = param(..., "width of each step")
        activation: Activation = param("elu", "Keras activation of every step")
        mean: bool = param(True, "gather means; false: maxima")
        layer_norm: bool = param(False, "scale the features to length sqrt(features) before each exchange")
        sum_weight: bool = param(False, "divide means by the sum of weights instead of the number of columns")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        return {"x": TensorType((inputs["x"].axes[0], sum(self.params.n_feature_transformation)))}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        widths = self.params.n_feature_transformation
        before = [inputs["x"].features, *widths]
        return Weights(sum((size + 1) * width for size, width in zip(before, widths, strict=False)) - widths[0])

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per weight, and the mean or maximum over neighbours in every step."""
        gathered = inputs["x"].features + sum(self.params.n_feature_transformation[:-1])
        neighbours = inputs["neighbour_indices"].features
        return super().multiply_adds(inputs, outputs) + gather(neighbours, gathered, parts=1)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what every step gathers and scales, its lists of neighbours where maxima are taken, and its result."""
        p, neighbours = self.params, inputs["neighbour_indices"].features
        gathered = inputs["x"].features + sum(self.params.n_feature_transformation[:-1])
        lists = 2 * neighbours if p.mean else 2 * neighbours + len(p.n_feature_transformation) * (2 * neighbours + 6)
        parts = 1 + p.layer_norm + p.sum_weight if p.mean else 3
        return parts * gathered + sum(p.n_feature_transformation) + lists


BLOCKS = (TranslationInvariantMessagePassing,)
