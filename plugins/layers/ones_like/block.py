"""Declares ones of the shape of a tensor."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, Kind
from registry.plugins.shared.ports import COLUMNS, RESULT


class OnesLike(Block):
    """1 for every number.

    Shapes: [hits, features] to the same.
    Source: HGCalML, modules/Layers.py, OnesLike.
    """

    name: ClassVar[str] = "ones_like"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.ones_like.layer:OnesLike"
    inputs = (COLUMNS,)
    outputs = (RESULT,)


BLOCKS = (OnesLike,)
