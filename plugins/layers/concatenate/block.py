"""Declares concatenation along the feature axis."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, InputTypes, Kind, Mixed, Port


class Concatenate(Block):
    """Columns of several tensors side by side, in the order given.

    Formula: `x = [x_1 | x_2 | ...]`. Shapes: [hits, F_1], [hits, F_2], ... to [hits, F_1 + F_2 + ...].
    Source: HGCalML, Train/config_trainer.py.
    """

    name: ClassVar[str] = "concatenate"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.concatenate.layer:Concatenate"
    mixed: ClassVar[Mixed] = "as taken"
    inputs = (Port("x", "hits features*", "the tensors to join, on one hits axis", many=True),)
    outputs = (Port("x", "hits total", "all columns"),)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        tensors: list[TensorType] = inputs["x"]
        return {"x": TensorType((tensors[0].axes[0], sum(tensor.features for tensor in tensors)))}


BLOCKS = (Concatenate,)
