"""Declares the replacement of rows by a number."""

from __future__ import annotations

from typing import ClassVar, Literal

from registry.contract.block import Block, BlockParams, Kind, Port, param
from registry.plugins.shared.ports import COLUMNS, RESULT


class Where(Block):
    """A fixed number in the rows where a condition holds, the input elsewhere.

    Formula: `outputval` in the rows i in which `condition_i` compares with 0 as stated, else `x_i`.
    Shapes: condition [hits, 1], x [hits, features], to [hits, features].
    Source: HGCalML, modules/GravNetLayersRagged.py, Where (the form with a number).
    """

    name: ClassVar[str] = "where"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.where.layer:Where"
    examples = ({"outputval": -1.0, "condition": "<=0"},)
    inputs = (Port("condition", "hits 1", "compared with 0"), COLUMNS)
    outputs = (RESULT,)

    class Params(BlockParams):
        """The number, and the comparison."""

        outputval: float = param(..., "what stands where the condition holds")
        condition: Literal[">0", ">=0", "<0", "<=0", "==0", "!=0"] = param(">0", "comparison of the condition with 0")


BLOCKS = (Where,)
