"""Declares the extension of coordinates by learned dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, Weights, param


class ExtendCoordinates(Block):
    """Coordinates, extended by learned linear combinations up to a number of dimensions; never cut.

    Formula: `[c | [c | x] W]`, W [dimensions + features, n_coordinates - dimensions] without bias, started as the
    identity plus noise of width 1e-3: extra dimension j starts as a copy of dimension j. With `n_coordinates` not above
    the dimensions of c, the result is c. Source: HGCalML, modules/model_blocks.py, extent_coords_if_needed.
    """

    name: ClassVar[str] = "extend_coordinates"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.extend_coordinates.layer:ExtendCoordinates"
    examples = ({"n_coordinates": 5},)
    inputs = (
        Port("coordinates", "hits dimensions", "coordinates to start from"),
        Port("x", "hits features", "features the new dimensions may use"),
    )
    outputs = (Port("coordinates", "hits extended", "the coordinates, then the new dimensions"),)

    class Params(BlockParams):
        """Number of dimensions."""

        n_coordinates: int = param(..., "dimensions of the result, if it has not more anyway", ge=1)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        coordinates: TensorType = inputs["coordinates"]
        return {"coordinates": TensorType((coordinates.axes[0], max(coordinates.features, self.params.n_coordinates)))}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        dimensions = inputs["coordinates"].features
        return Weights((dimensions + inputs["x"].features) * (outputs["coordinates"].features - dimensions))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return coordinates and features side by side."""
        return sum(inputs[name].features for name in ("coordinates", "x"))


BLOCKS = (ExtendCoordinates,)
