"""Declares identities that change the gradient."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, BlockParams, Kind, Port, param

COLUMNS = Port("x", "hits features", "what to hand on")
RESULT = Port("x", "hits features", "the same")


class ScaleGradient(Block):
    """The identity, with the gradient times `scale`. Source: blocks.md 3.6 (ScaleBackpropGradient)."""

    name: ClassVar[str] = "scale_gradient"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.gradients.layer:ScaleGradient"
    inputs = (COLUMNS,)
    outputs = (RESULT,)

    class Params(BlockParams):
        """The factor."""

        scale: float = param(..., "factor of the gradient; DampenGradient's strength is 1 - scale", schedulable=True)


class StopGradient(Block):
    """The identity, without a gradient. Source: blocks.md 3.6; what the original meant in Q-26."""

    name: ClassVar[str] = "stop_gradient"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.gradients.layer:StopGradient"
    inputs = (COLUMNS,)
    outputs = (RESULT,)


BLOCKS = (ScaleGradient, StopGradient)
