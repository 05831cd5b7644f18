"""Declares the row-wise choice between two tensors."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, Kind, Port


class MixWhere(Block):
    """Rows of one tensor where a condition holds, of another elsewhere: for hits and tracks.

    Formula: `x` where `condition > 0`, else `otherwise`. Shapes: condition [hits, 1], both others [hits, features].
    Source: HGCalML, modules/GravNetLayersRagged.py, MixWhere (Where with three inputs: docs/faults.md, Q-40).
    """

    name: ClassVar[str] = "mix_where"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.mix_where.layer:MixWhere"
    inputs = (
        Port("condition", "hits 1", "chooses `x` where it is above 0"),
        Port("x", "hits features", "rows where the condition holds"),
        Port("otherwise", "hits features", "rows where it does not"),
    )
    outputs = (Port("x", "hits features", "the chosen rows"),)


BLOCKS = (MixWhere,)
