"""Declares the loader that generates tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from registry.contract.ports import Port
from registry.plugins.loaders.generated_loader import Generate, GeneratedLoader, GeneratedParams
from registry.plugins.loaders.tracks.options import TrackOptions
from registry.plugins.shared.ports import INPUT_PORTS, ROW_SPLITS, TRUTH_PORTS

_SHARED = {port.name: port for port in (*INPUT_PORTS, *TRUTH_PORTS)}


class Tracks(GeneratedLoader):
    """Generates events of a tracker: hits of charged particles, noise hits, and the truth; nothing is read from disk.

    Layers are planes across the beam and cylinders around it: by default a vertex locator of 26 planes without a field.
    Particles come from several interactions, some of them from decays in flight; they follow helices, scatter in every
    layer (Highland's formula), and leave a hit in most layers that they cross. Events depend on `seed` (not on the seed
    of the training) and the options alone, and are kept in memory.
    Outputs: seven features, x, y, z and the distance r from the beam (cm), phi, theta (rad) and eta of the hit's
    position; the number of its layer; no energy, which trackers do not measure; and the truth: track, energy,
    momentum and vertex of the particle, a charged pion.
    Source: Review of Particle Physics, section 34.3; arXiv:2207.03936 (the kind of detector).
    """

    name: ClassVar[str] = "tracks"
    outputs = (
        _SHARED["features"],
        _SHARED["coordinates"],
        Port("layer", "hits 1", "number of the hit's layer: planes as listed, then barrels", "int32"),
        ROW_SPLITS,
        _SHARED["truth_index"],
        replace(_SHARED["truth_energy"], description="true energy of the hit's particle; 0 for noise"),
        Port(
            "truth_momentum",
            "hits 3",
            "momentum of the particle where it begins: px, py, pz; 0 for noise",
            unit="GeV",
            truth=True,
            of="object",
        ),
        Port("truth_vertex", "hits 3", "where the particle begins: x, y, z", unit="cm", truth=True, of="object"),
        _SHARED["truth_pdg"],
    )

    feature_names = ("x", "y", "z", "r", "phi", "theta", "eta")
    feature_units: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("x", "y", "z", "r"), "cm"),
        **dict.fromkeys(("phi", "theta"), "rad"),
    }

    examples = (
        *GeneratedLoader.examples,
        {
            "train_events": 2,
            "validation_events": 1,
            "test_events": 1,
            "min_tracks": 10,
            "max_tracks": 20,
            "planes": [],
            "barrels": [3.0, 7.0, 12.0, 17.0],
            "field": 2.0,
            "min_eta": 0.0,
            "max_eta": 1.5,
        },
    )

    class Params(GeneratedParams, TrackOptions):
        """Numbers of events, the seed of the data, the detector, and what the events are like."""

    def generator(self) -> tuple[Generate, list[Any] | int]:
        from registry.plugins.loaders.tracks.generator import VERSION, generate

        return generate, ["tracks", VERSION]


BLOCKS = (Tracks,)
