"""Declares the sum of several tensors."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, Kind, Mixed, Port
from registry.plugins.shared.ports import RESULT


class Add(Block):
    """The sum of several tensors of one shape."""

    name: ClassVar[str] = "add"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.add.layer:Add"
    mixed: ClassVar[Mixed] = "as taken"
    inputs = (Port("x", "hits features", "the tensors to add", many=True),)
    outputs = (RESULT,)


BLOCKS = (Add,)
