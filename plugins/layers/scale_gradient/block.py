"""Declares the identity with a scaled gradient."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, BlockParams, Kind, Port, param


class ScaleGradient(Block):
    """The identity, with the gradient times `scale`; 0 stops it.

    Shapes: [hits, features] to the same.
    Source: HGCalML, modules/GravNetLayersRagged.py, ScaleBackpropGradient and DampenGradient.
    """

    name: ClassVar[str] = "scale_gradient"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.scale_gradient.layer:ScaleGradient"
    examples = ({"scale": 0.5},)
    inputs = (Port("x", "hits features", "what to hand on"),)
    outputs = (Port("x", "hits features", "the same"),)

    class Params(BlockParams):
        """The factor."""

        scale: float = param(..., "factor of the gradient; DampenGradient's strength is 1 - scale", schedulable=True)


BLOCKS = (ScaleGradient,)
