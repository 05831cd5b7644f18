"""Declares the energy of objects as the hits that are left have it."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Block, Kind, Port
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class TruthRecEnergy(Block):
    """The energy of every hit's object as the hits have it now, for truth that was pooled or thinned.

    Formula: of a track or of noise its own energy; of other hits the sum of energy over the hits of the same object in
    the event that are no tracks.
    Shapes: [hits, 1] each, GeV.
    Source: HGCalML (branch phd), datastructures/TrainData_PreSnowflakeNanoML.py.
    """

    name: ClassVar[str] = "truth_rec_energy"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.layers.truth_rec_energy.layer:TruthRecEnergy"
    inputs = (
        Port("energy", "hits 1", "energy of each hit", unit="GeV", bounds=(0, None)),
        TRUTH_INDEX,
        ROW_SPLITS,
        Port("is_track", "hits 1", "1 for a track; 0 where not wired", optional=True, bounds=(0, 1)),
    )
    outputs = (
        Port("truth_rec_energy", "hits 1", "energy of the hit's object as its hits have it", unit="GeV", of="object"),
    )


BLOCKS = (TruthRecEnergy,)
