"""Declares the choice of columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Kind, Port, param
from registry.plugins.shared.ports import COLUMNS


class SelectFeatures(Block):
    """The columns `first` to `last`, without `last`.

    Shapes: [hits, features] to [hits, last - first].
    Source: DeepJetCore, DJCLayers.py, SelectFeatures.
    """

    name: ClassVar[str] = "select_features"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.select_features.layer:SelectFeatures"
    examples = ({"first": 1, "last": 3},)
    inputs = (COLUMNS,)
    outputs = (Port("x", "hits selected", "the chosen columns"),)

    class Params(BlockParams):
        """Which columns."""

        first: int = param(..., "first column, counted from 0", ge=0)
        last: int = param(..., "column after the last", ge=1)

    def check(self) -> Iterator[Complaint]:
        if self.params.last <= self.params.first:
            message = f"last {self.params.last} is not above first {self.params.first}: no column is left"
            yield Complaint(message, "last", "`last` is the column after the last one wanted")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if self.params.last > inputs["x"].features:
            raise AxisMismatch(f"expected at least {self.params.last} columns, received {inputs['x']}")
        bindings.sizes["selected"] = self.params.last - self.params.first
        return super().output_types(inputs, bindings, node)


BLOCKS = (SelectFeatures,)
