"""Declares the support of links: how many hits lie on the line through a hit and its neighbour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, param

REGIONS = ("behind", "between", "beyond")
"""Where a third hit lies: on the hit's side of the link, between both hits, on the neighbour's side."""

PER_TRIPLE = 20
"""Multiply-adds of a hit and two of its neighbours, beside the sums."""


class LineSupport(Block):
    """Features of links of trackers: how many of a hit's other neighbours lie on the line through it and a neighbour.

    Formula: with `v_j = x_j - x_i`, for every other neighbour k of hit i: `q = v_j v_k / |v_j|^2`, the miss
    `m = |v_k - q v_j|`, and what it may be, `sigma^2 = resolution^2 (1 + q^2 + (1 - q)^2) + (scattering h)^2` with the
    lever `h = |v_j|` times `-q` (q < 0, k behind the hit), `q (1 - q)` (between both), or `q - 1` (q > 1, beyond the
    neighbour): the kink is at the middle one of the three. For each of these regions and each width w of `widths`
    one feature, `ln(1 + sum_k exp(-m^2 / (2 w^2 sigma^2)))`, by region, then by width; 0 where there is no neighbour.
    It has no weights, and no gradient passes it. Shapes: coordinates [hits, 3], lists [hits, K], to
    [hits, K, 3 widths]. Time: hits x K x K; memory: hits x K.
    Source: triplets of hits as in the search by triplet, arXiv:2207.03936, and cellular automata, CMS pixel tracks,
    arXiv:2008.13461.
    """

    name: ClassVar[str] = "line_support"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.line_support.layer:LineSupport"
    examples = ({"resolution": 0.5, "scattering": 0.1}, {"resolution": 0.2, "widths": [1.0]})
    inputs = (
        Port("coordinates", "hits 3", "position of each hit: x, y, z"),
        Port("neighbour_indices", "hits neighbours -> hits", "neighbours, -1 where there is none", "int32"),
    )
    outputs = (Port("link_features", "hits neighbours pair", "ln(1 + support) by region and width"),)

    class Params(BlockParams):
        """What the detector measures, and how near a hit has to be."""

        resolution: float = param(..., "standard deviation of a hit's position, in the unit of the coordinates", gt=0)
        scattering: float = param(0.0, "standard deviation of a track's direction behind a layer, rad", ge=0)
        widths: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)] = param(
            [1.0, 3.0], "standard deviations within which a hit counts, smoothly"
        )

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["pair"] = len(REGIONS) * len(self.params.widths)
        return super().output_types(inputs, bindings, node)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a few per hit and two of its neighbours."""
        neighbours = inputs["neighbour_indices"].features
        return float((PER_TRIPLE + outputs["link_features"].features) * neighbours**2)


BLOCKS = (LineSupport,)
