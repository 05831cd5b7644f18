"""Declares the mask of numbers above a threshold."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, BlockParams, Kind, param
from registry.plugins.shared.ports import COLUMNS, RESULT


class CreateMask(Block):
    """1 where a number reaches a threshold, else 0; inverted, the other way round.

    Formula: `1 if x >= threshold else 0`. Shapes: [hits, features] to the same.
    Source: HGCalML, modules/GravNetLayersRagged.py, CreateMask.
    """

    name: ClassVar[str] = "create_mask"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.create_mask.layer:CreateMask"
    examples = ({"threshold": 0.1},)
    inputs = (COLUMNS,)
    outputs = (RESULT,)

    class Params(BlockParams):
        """The threshold."""

        threshold: float = param(..., "smallest number that gives 1")
        invert: bool = param(False, "swap 0 and 1")


BLOCKS = (CreateMask,)
