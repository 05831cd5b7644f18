"""Declares the identity without a gradient."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, Kind, Port


class StopGradient(Block):
    """The identity, without a gradient.

    Shapes: [hits, features] to the same.
    Source: DeepJetCore, DJCLayers.py, StopGradient; what the original meant: docs/faults.md, Q-26.
    """

    name: ClassVar[str] = "stop_gradient"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.stop_gradient.layer:StopGradient"
    inputs = (Port("x", "hits features", "what to hand on"),)
    outputs = (Port("x", "hits features", "the same"),)


BLOCKS = (StopGradient,)
