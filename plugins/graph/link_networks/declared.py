"""What networks on links have in common: ports, parameters, and what the dense layers on links cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from registry.contract.axes import TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Kind, Port, param
from registry.contract.parameters import Activation
from registry.plugins.graph.message_passing.block import neighbour_ports
from registry.plugins.graph.pair_features.block import PER_QUANTITY, Place
from registry.plugins.graph.pair_features.quantities import QUANTITIES
from registry.plugins.shared.dense_options import Widths, dense_weights
from registry.plugins.shared.expression_lists import complaints

LINK_FEATURES = Port(
    "link_features", "hits neighbours pair", "features of each link: of `pair_features`, or of a layer before"
)


class LinkParams(BlockParams):
    """Widths, activation, and features that are computed of pairs."""

    units: Widths = param(..., "width of each layer on the links")
    activation: Activation = param("relu", "Keras activation of every layer")
    pair_columns: list[Annotated[str, Field(min_length=1)]] = param(
        [], "expressions as of `pair_features`, further features of each link; need the input coordinates"
    )
    centre: Place = param([0.0, 0.0, 0.0], "the point and the axis along z that `pair_columns` are seen from")


class LinkBlock(Block):
    """Base of blocks with dense layers on every link; what is made of the links is for a subclass to say."""

    kind: ClassVar[Kind] = "layer"
    inputs = (
        *neighbour_ports(),
        Port(LINK_FEATURES.name, LINK_FEATURES.pattern, LINK_FEATURES.description, optional=True),
        Port("coordinates", "hits 3", "position of each hit: x, y, z; read only with `pair_columns`", optional=True),
    )

    class Params(LinkParams):
        """Widths, activation, and features that are computed of pairs."""

    def check(self) -> Iterator[Complaint]:
        return complaints("pair_columns", self.params.pair_columns, QUANTITIES)

    def required_inputs(self) -> list[tuple[str, ...]]:
        return [("coordinates",)] if self.params.pair_columns else []

    def pair_width(self, inputs: InputTypes) -> int:
        """Return how many features a link has, wired and computed."""
        wired = int(inputs["link_features"].features) if "link_features" in inputs else 0
        return wired + len(self.params.pair_columns)

    def layer_weights(self, inputs: InputTypes) -> int:
        """Return the weights of the layers."""
        return dense_weights([2 * inputs["x"].features + self.pair_width(inputs), *self.params.units])

    def link_cost(self, inputs: InputTypes) -> int:
        """Return the multiply-adds of a link: what is of a hit is multiplied per hit."""
        columns = PER_QUANTITY * len(self.params.pair_columns)
        return columns + dense_weights([self.pair_width(inputs), *self.params.units])

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what is made of a hit for both ends of its links, and its position, as a row and as columns."""
        return int(2 * self.params.units[0] + 6 * bool(self.params.pair_columns))
