"""Declares GarNet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, Weights, param
from registry.plugins.shared.ports import ROW_SPLITS


class GarNet(Block):
    """Every hit exchanges with a few learned aggregators of its event, instead of with neighbours.

    Formula: `f = [x Wf + bf | w]`, `w_ia = exp(-d_ia^2)`, `d = x Wd + bd`; aggregator a of an event gathers
    `A_a = [max_i | mean_i](w_ia f_i)` over its hits; `out = tanh([x | w_i1 A_1 | ... | w_iS A_S | w] Wo + bo)`.
    Weights: Wf [F, n_propagate], bf, Wd [F, n_aggregators], bd, Wo, bo. Source: arXiv:1902.07987.
    """

    name: ClassVar[str] = "garnet"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.garnet.layer:GarNet"
    examples = ({"n_aggregators": 2, "n_filters": 5, "n_propagate": 3},)
    inputs = (Port("x", "hits features", "features of each hit"), ROW_SPLITS)
    outputs = (Port("x", "hits {n_filters}", "what each hit learnt from its event"),)

    class Params(BlockParams):
        """Aggregators and widths."""

        n_aggregators: int = param(..., "aggregators of each event", ge=1)
        n_filters: int = param(..., "width of the output features", ge=1)
        n_propagate: int = param(..., "width of what is gathered", ge=1)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p, width = self.params, inputs["x"].features
        gathered = width + p.n_aggregators * (2 * (p.n_propagate + p.n_aggregators) + 1)
        return Weights((width + 1) * (p.n_propagate + p.n_aggregators) + (gathered + 1) * p.n_filters)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per weight, and for every aggregator and column: weight, mean, maximum, and both back."""
        p = self.params
        return super().multiply_adds(inputs, outputs) + 5 * p.n_aggregators * (p.n_propagate + p.n_aggregators)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the features and weights, and for every aggregator what is weighted, gathered and handed back."""
        p = self.params
        columns = p.n_propagate + p.n_aggregators
        return inputs["x"].features + columns + p.n_aggregators * (5 * columns + 1)


BLOCKS = (GarNet,)
