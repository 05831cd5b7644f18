"""The ports that blocks share: what loaders hand on, what others take of it, and columns in and out."""

from __future__ import annotations

from dataclasses import replace

from registry.contract.block import Port

ROW_SPLITS = Port("row_splits", "events+1 -> hits", "where each event starts, and the last one ends", "int32")

COLUMNS = Port("x", "hits features", "the tensor to treat")
RESULT = Port("x", "hits features", "the result")

NORMALISATION_INPUTS = (
    Port("x", "hits features", "what to normalise"),
    Port("condition", "hits 1", "rows above 0.5 are normalised", optional=True, bounds=(0, 1)),
)
NORMALISATION_OUTPUTS = (Port("x", "hits features", "the normalised rows"),)

TRUTH_INDEX = Port(
    "truth_index", "hits 1", "the object each hit belongs to, unique within its event; negative for noise", "int32"
)

INPUT_PORTS = (
    Port("features", "hits features", "what the network sees of each hit", default=True),
    Port("energy", "hits 1", "energy of the hit", unit="GeV", bounds=(0, None)),
    Port("coordinates", "hits 3", "position of the hit: x, y, z", unit="cm"),
    Port("is_track", "hits 1", "1 for a track, 0 for a calorimeter hit", bounds=(0, 1)),
    ROW_SPLITS,
)

SAMPLE = Port(
    "sample", "hits 1", "which sample the hit's event is from, counted from 0", "int32", truth=True, of="event"
)

_TRUTH = (
    TRUTH_INDEX,
    Port("truth_energy", "hits 1", "true energy of the hit's shower", unit="GeV", bounds=(0, None), of="object"),
    Port("truth_position", "hits 3", "impact point of the shower on the calorimeter", unit="cm", of="object"),
    Port("truth_time", "hits 1", "time of the shower at its impact point", unit="ns", of="object"),
    Port(
        "truth_pid",
        "hits 6",
        "muon, electron, photon, charged hadron, neutral hadron, ambiguous: one-hot",
        bounds=(0, 1),
        of="object",
    ),
    Port("truth_pdg", "hits 1", "PDG code of the shower's particle; 0 for noise", "int32", of="object"),
    Port(
        "truth_spectator",
        "hits 1",
        "distance from the shower's axis in standard deviations; 0 where unknown",
        bounds=(0, None),
    ),
    Port(
        "truth_fully_contained",
        "hits 1",
        "1 if the particle reached the calorimeter's front face",
        bounds=(0, 1),
        of="object",
    ),
    Port(
        "truth_rec_energy",
        "hits 1",
        "energy of the shower as its hits have it",
        unit="GeV",
        bounds=(0, None),
        of="object",
    ),
    Port("truth_is_unique", "hits 1", "1 on the first hit of every shower, and of the noise", "int32"),
)

WEIGHT_PORTS = (
    Port("hit_weight", "hits 1", "how much the hit counts in losses", truth=True, bounds=(0, None)),
    Port(
        "object_weight",
        "hits 1",
        "how much the hit's object counts in losses",
        truth=True,
        bounds=(0, None),
        of="object",
    ),
    Port(
        "event_weight", "hits 1", "how much the hit's event counts in losses", truth=True, bounds=(0, None), of="event"
    ),
)
"""How much hits, objects and events count in losses, beside one another."""

MOMENTUM = Port(
    "truth_momentum", "hits 3", "momentum of the hit's object: x, y, z", unit="GeV", truth=True, of="object"
)
"""What simulations of trackers know of a particle."""

TRUTH_ENERGY_IN_LOSSES = Port(
    "truth_energy",
    "hits 1",
    "true energy of the hit's object",
    unit="GeV",
    optional=True,
    bounds=(0, None),
    of="object",
)

WEIGHTS_IN_LOSSES = tuple(replace(port, truth=False, optional=True) for port in WEIGHT_PORTS)
"""The same as inputs of a loss; 1 where nothing is wired."""

SHARES = (
    Port("truth_objects", "hits shares", "objects that share the hit, by falling share; below 0: none", "int32"),
    Port("truth_fractions", "hits shares", "share of each of those objects in the hit, 0 to 1", bounds=(0, 1)),
)
"""What is known of hits that several objects share."""

SHARE_PORTS = tuple(replace(port, truth=True) for port in SHARES)
SHARES_IN_LOSSES = tuple(replace(port, optional=True) for port in SHARES)

TRUTH_PORTS = tuple(replace(port, truth=True) for port in _TRUTH)
"""What a loader knows of simulated events."""
