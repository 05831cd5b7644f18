"""Declares features of pairs of hits: what can be said of a hit and its neighbour, by expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Kind, Port, param
from registry.plugins.graph.pair_features.quantities import QUANTITIES
from registry.plugins.shared.expression_lists import Texts, complaints

Place = Annotated[list[float], Field(min_length=3, max_length=3)]

PER_QUANTITY = 6
"""Multiply-adds of a feature of a pair."""


class PairFeatures(Block):
    """Features of a hit and each neighbour: differences, distances, angles, the line through both, where it passes.

    Formula: one feature for each expression of `columns`, as the block `expressions` has them, of the quantities:
    `x y z r phi theta eta` of the hit and `x_n` ... `eta_n` of the neighbour (from `centre`; r, phi, theta, eta around
    the axis along z through it), `dx dy dz dr dphi deta` (neighbour minus hit), `distance`, `distance_xy`, `sin_dphi`,
    `opening` (angle between both as seen from the centre), the line through both: direction `ux uy uz`, `line_angle`
    (to the hit's position), slopes `slope_r = (x dx + y dy) / (r dz)` and `slope_t = (x dy - y dx) / (r dz)`; its
    closest approach to the axis, `axis_distance = (x dy - y dx) / distance_xy`, at
    `axis_z = z - (x dx + y dy) dz / distance_xy^2`, and to the centre, `point_distance`. All are 0 where there is no
    neighbour, and quotients with 0.
    Shapes: coordinates [hits, 3], lists [hits, K], to [hits, K, expressions]. Units: those of the coordinates, rad.
    Memory: hits x width, beside what it returns.
    Source: the links of trackers, e.g. exa.trkx, arXiv:2103.06995.
    """

    name: ClassVar[str] = "pair_features"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.pair_features.layer:PairFeatures"
    examples = (
        {"columns": ["dz", "where(abs(dz) < 0.3, 1, 0)", "arcsinh(100 * sin_dphi)", "clip(axis_distance, -5, 5)"]},
        {"columns": ["dphi", "deta", "point_distance", "line_angle", "r_n - r"], "centre": [0.0, 0.5, 1.0]},
    )
    inputs = (
        Port("coordinates", "hits 3", "position of each hit: x, y, z"),
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours, -1 where there is none", "int32"),
    )
    outputs = (Port("link_features", "hits neighbours pair", "features of each hit and each of its neighbours"),)

    class Params(BlockParams):
        """What is computed of each pair, and around which axis."""

        columns: Texts = param(..., "expressions of the quantities of a pair, one for each feature")
        centre: Place = param([0.0, 0.0, 0.0], "the point and the axis along z that positions are seen from")

    def check(self) -> Iterator[Complaint]:
        return complaints("columns", self.params.columns, QUANTITIES)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["pair"] = len(self.params.columns)
        return super().output_types(inputs, bindings, node)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a few per feature and link."""
        return float(PER_QUANTITY * len(self.params.columns) * inputs["neighbour_indices"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the position from the centre, as a row and as columns."""
        return 6


BLOCKS = (PairFeatures,)
