"""Declares learned factors of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import Block, InputTypes, Kind, Mixed, Weights
from registry.plugins.shared.ports import COLUMNS, RESULT


class ElementScaling(Block):
    """Every column times a learned number.

    Formula: `y_f = s_f x_f`. Shapes: [hits, features] to the same. Weights: s [1, features], ones.
    Source: HGCalML, modules/GravNetLayersRagged.py, ElementScaling.
    """

    name: ClassVar[str] = "element_scaling"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.element_scaling.layer:ElementScaling"
    mixed: ClassVar[Mixed] = "as taken"
    inputs = (COLUMNS,)
    outputs = (RESULT,)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(inputs["x"].features)


BLOCKS = (ElementScaling,)
