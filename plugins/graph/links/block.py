"""Declares what is made of the links of a hit: the features along them, and how much goes along each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, param
from registry.plugins.graph.message_passing.block import neighbour_ports


class NeighbourFeatures(Block):
    """The features of all neighbours of a hit, side by side, for layers that look at a fixed number of links at once.

    Formula: `[x_i | v_1 | ... | v_K | d2]`, `v_k = x_{idx(i,k)}`, with `difference` `x_i - x_{idx(i,k)}`; x of a
    missing neighbour is 0. `own` adds x_i in front, `distances` the squared distances behind.
    Shapes: x [hits, F], lists [hits, K], to [hits, K F (+ F) (+ K)].
    Source: HGCalML (branch phd), modules/GraphCondensationLayers.py: Mix is the default, AddNeighbourDiff has
    `difference` without `own`.
    """

    name: ClassVar[str] = "neighbour_features"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.links.features:NeighbourFeatures"
    examples = ({"difference": True, "distances": True},)
    inputs = neighbour_ports("squared distance to each neighbour; read only with `distances`", optional=True)
    outputs = (Port("x", "hits together", "features of the hit, of its neighbours, and distances"),)

    class Params(BlockParams):
        """What stands side by side."""

        difference: bool = param(False, "what the hit has more than the neighbour, not what the neighbour has")
        own: bool = param(True, "the hit's own features in front")
        distances: bool = param(False, "the squared distances behind; needs the input squared_distances")

    def required_inputs(self) -> list[tuple[str, ...]]:
        return [("squared_distances",)] if self.params.distances else []

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if self.params.distances and "squared_distances" not in inputs:
            raise AxisMismatch("input 'squared_distances': expected with distances: true, received none")
        width, links = inputs["x"].features, inputs["neighbour_indices"].features
        together = links * width + self.params.own * width + self.params.distances * links
        return {"x": TensorType((inputs["x"].axes[0], together))}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per column, with `difference`."""
        return float(outputs["x"].features if self.params.difference else 0)


class LinkWeights(Block):
    """How much of a hit goes along each of its links, by the rates of the links and of going nowhere.

    Formula: with `e_k` = rate_k^exponent of column k = 0 (nowhere), 1, ... K, and `n = e_0 + ... + e_K`:
    `weights_k = e_k / (n + 1e-6)`, 0 where n is below `minimum`. They sum to 1 less what goes nowhere. No gradient
    passes: the rates learn from a loss of their own.
    Shapes: [hits, K + 1] to [hits, K].
    Source: HGCalML (branch phd), modules/GraphCondensationLayers.py, InsertEdgesIntoTransition.
    """

    name: ClassVar[str] = "link_weights"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.links.weights:LinkWeights"
    inputs = (Port("edges", "hits edges", "rate of going nowhere, then of each link, 0 to 1", bounds=(0, 1)),)
    outputs = (Port("weights", "hits links", "how much of the hit goes along each link"),)

    class Params(BlockParams):
        """Sharpness, and what is too little."""

        exponent: float = param(1.0, "power of every rate: larger ones share less", gt=0)
        minimum: float = param(0.01, "hits whose rates sum up to less go nowhere", ge=0)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        edges = inputs["edges"].features
        if edges < 2:
            raise AxisMismatch(f"input 'edges': expected 2 columns at least (nowhere, links), received {edges}")
        return {"weights": TensorType((inputs["edges"].axes[0], edges - 1))}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return two per rate."""
        return float(2 * inputs["edges"].features)


BLOCKS = (NeighbourFeatures, LinkWeights)
