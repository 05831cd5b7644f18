"""Declares the weight of spectators."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, BlockParams, Kind, Port, param


class SpectatorWeight(Block):
    """How much a hit counts as a spectator of its shower: `1 - minimum` above the threshold, else 0.

    Inactive, the score passes as it is. Shapes: [hits, 1] to the same.
    Source: HGCalML, modules/LossLayers.py, CreateTruthSpectatorWeights.
    """

    name: ClassVar[str] = "spectator_weight"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.spectator_weight.layer:SpectatorWeight"
    examples = ({"threshold": 0.5},)
    inputs = (
        Port("truth_spectator", "hits 1", "distance from the shower's axis in standard deviations", bounds=(0, None)),
    )
    outputs = (Port("spectator_weight", "hits 1", "0: counts in full, 1: does not count"),)

    class Params(BlockParams):
        """Threshold and weight."""

        threshold: float = param(5.0, "score above which a hit is a spectator")
        minimum: float = param(0.1, "how much a spectator still counts", ge=0, le=1)
        active: bool = param(True, "false: hand on the score")


BLOCKS = (SpectatorWeight,)
