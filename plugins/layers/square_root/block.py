"""Declares the square root of squared distances."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from registry.contract.block import Block, Kind
from registry.plugins.shared.ports import COLUMNS, RESULT


class SquareRoot(Block):
    """`sqrt(x + 1e-6)`: a distance from its square, with a finite gradient at 0.

    Shapes: [hits, features] to the same.
    Source: HGCalML, modules/Layers.py, Sqrt.
    """

    name: ClassVar[str] = "square_root"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.square_root.layer:SquareRoot"
    inputs = (replace(COLUMNS, bounds=(0, None)),)
    outputs = (RESULT,)


BLOCKS = (SquareRoot,)
