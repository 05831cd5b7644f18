"""Declares the product with a number."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, BlockParams, Kind, Mixed, param
from registry.plugins.shared.ports import COLUMNS, RESULT


class ScalarMultiply(Block):
    """Every number times a factor.

    Formula: `y = factor x`. Shapes: [hits, features] to the same.
    Source: DeepJetCore, DJCLayers.py, ScalarMultiply.
    """

    name: ClassVar[str] = "scalar_multiply"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.scalar_multiply.layer:ScalarMultiply"
    mixed: ClassVar[Mixed] = "as taken"
    examples = ({"factor": -2.0},)
    inputs = (COLUMNS,)
    outputs = (RESULT,)

    class Params(BlockParams):
        """The factor."""

        factor: float = param(..., "what to multiply by", schedulable=True)


BLOCKS = (ScalarMultiply,)
