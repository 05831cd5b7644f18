"""Declares the replacement of rows by a number."""

from __future__ import annotations

from typing import ClassVar, Literal

from registry.contract.block import Block, BlockParams, Kind, Port, param
from registry.plugins.shared.ports import COLUMNS, RESULT


class Where(Block):
    """A fixed number in the rows where a condition holds, the input elsewhere. Source: blocks.md 3.6 (Where)."""

    name: ClassVar[str] = "where"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.where.layer:Where"
    inputs = (Port("condition", "hits 1", "compared with 0"), COLUMNS)
    outputs = (RESULT,)

    class Params(BlockParams):
        """The number, and the comparison."""

        outputval: float = param(..., "what stands where the condition holds")
        condition: Literal[">0", ">=0", "<0", "<=0", "==0", "!=0"] = param(">0", "comparison of the condition with 0")


BLOCKS = (Where,)
