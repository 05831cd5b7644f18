"""Declares the loader that generates tracks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Complaint, InputTypes, Port, param
from registry.contract.data import Source
from registry.contract.loader import Loader
from registry.plugins.loaders.tracks.options import TrackOptions
from registry.plugins.shared.ports import INPUT_PORTS, ROW_SPLITS, TRUTH_PORTS

TRACK_FEATURES = ("x", "y", "z", "r", "phi", "theta", "eta")

_SHARED = {port.name: port for port in (*INPUT_PORTS, *TRUTH_PORTS)}


class Tracks(Loader):
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

    examples = (
        {"train_events": 3, "validation_events": 2, "test_events": 2},
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

    class Params(TrackOptions):
        """Numbers of events, the seed of the data, the detector, and what the events are like."""

        train_events: int = param(400, "number of events to train on", ge=1)
        validation_events: int = param(50, "number of events looked at after every epoch", ge=0)
        test_events: int = param(100, "number of held-out events, for the final figures", ge=0)
        seed: int = param(0, "seed of the data; runs with another `General.seed` see the same events", ge=0)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["features"] = len(TRACK_FEATURES)
        types = super().output_types(inputs, bindings, node)
        return {**types, "features": replace(types["features"], columns=TRACK_FEATURES)}

    def check(self) -> Iterator[Complaint]:
        return self.params.conflicts()

    def open(self, seed: int) -> Source:
        """Return the generated events; `seed` plays no part."""
        from registry.plugins.loaders.generated import GeneratedSource, event_counts
        from registry.plugins.loaders.tracks.generator import VERSION, generate

        params = self.params
        return GeneratedSource(
            self.name,
            event_counts(params),
            params.seed,
            lambda count, seed: generate(count, seed, params),
            lambda: [["tracks", VERSION], params.model_dump()],
        )

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Return another seed for other events."""
        return {"seed": content}


BLOCKS = (Tracks,)
