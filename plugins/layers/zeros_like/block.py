"""Declares zeros of the shape of a tensor."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, Kind
from registry.plugins.shared.ports import COLUMNS, RESULT


class ZerosLike(Block):
    """0 for every number.

    Shapes: [hits, features] to the same.
    Source: HGCalML, modules/Layers.py, ZerosLike.
    """

    name: ClassVar[str] = "zeros_like"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.zeros_like.layer:ZerosLike"
    inputs = (COLUMNS,)
    outputs = (RESULT,)


BLOCKS = (ZerosLike,)
