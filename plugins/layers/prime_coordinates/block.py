"""Declares projective coordinates."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, BlockParams, Kind, Port, param


class PrimeCoordinates(Block):
    """Projective coordinates of a position: direction and distance instead of x, y, z.

    Formula: `(x/(10 z), y/(10 z), sqrt(x^2 + y^2 + z^2 + 1e-2)/100)`, with `new_prime` x/z and y/z; 0 where z = 0
    (infinite in the original: docs/faults.md, Q-19). Shapes: [hits, 3], cm, to [hits, 3].
    Source: HGCalML, modules/GravNetLayersRagged.py, XYZtoXYZPrime.
    """

    name: ClassVar[str] = "prime_coordinates"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.prime_coordinates.layer:PrimeCoordinates"
    inputs = (Port("coordinates", "hits 3", "position", unit="cm"),)
    outputs = (Port("coordinates", "hits 3", "projection, and distance in metres"),)

    class Params(BlockParams):
        """Scale of the projection."""

        new_prime: bool = param(False, "projections ten times as large")


BLOCKS = (PrimeCoordinates,)
