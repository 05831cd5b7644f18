"""Declares the loader that generates calorimeter showers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Complaint, InputTypes, param
from registry.contract.data import Preview, Source
from registry.contract.loader import Loader
from registry.plugins.loaders.showers.options import ShowerOptions
from registry.plugins.shared.ports import INPUT_PORTS, TRUTH_PORTS

SHOWER_FEATURES = ("energy", "eta", "is_track", "theta", "r", "x", "y", "z", "time", "cell_size")

PREVIEWED = 4
"""Events of each part that `check` looks at."""

HITS_PER_GEV = 7
"""Rarely has an event more hits than this for each GeV that it may have."""

QUICKLY_MADE = 1000.0
"""GeV: events of at most so much energy take a hundredth of a second each."""


class Showers(Loader):
    """Generates calorimeter events: showers that overlap, noise hits, and the truth; nothing is read from disk.

    An endcap of 50 layers; longitudinal gamma profiles and radial profiles that depend on energy and depth, hadrons
    with a random first interaction; electronic noise and zero suppression. Hits of an event fall in energy. Events
    depend on `seed` (not on the seed of the training) and the options alone, and are kept in memory.
    Outputs: ten features, the columns of HGCalML's training data: energy (GeV), eta, whether it is a track (0), theta
    (rad), distance from the origin and x, y, z (cm), time (ns, -1 for none), size of the cell (cm); and all truth.
    Source: hep-ex/0001020; NIM 186 (1981) 533; HGCalML, modules/datastructures/TrainData_NanoML.py.
    """

    name: ClassVar[str] = "showers"
    outputs = (*INPUT_PORTS, *TRUTH_PORTS)

    examples = ({"train_events": 3, "validation_events": 2, "test_events": 2},)

    class Params(ShowerOptions):
        """Numbers of events, the seed of the data, and what the events are like."""

        train_events: int = param(400, "number of events to train on", ge=1)
        validation_events: int = param(50, "number of events looked at after every epoch", ge=0)
        test_events: int = param(100, "number of held-out events, for the final figures", ge=0)
        seed: int = param(0, "seed of the data; runs with another `General.seed` see the same events", ge=0)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["features"] = len(SHOWER_FEATURES)
        types = super().output_types(inputs, bindings, node)
        return {**types, "features": replace(types["features"], columns=SHOWER_FEATURES)}

    def check(self) -> Iterator[Complaint]:
        return self.params.conflicts()

    def open(self, seed: int) -> Source:
        """Return the generated events; `seed` plays no part."""
        from registry.plugins.loaders.generated import event_counts
        from registry.plugins.loaders.showers.source import ShowerSource

        return ShowerSource(event_counts(self.params), self.params.seed, self.params)

    def preview(self, seed: int, batch_size: int | None) -> Preview | None:
        """Return the first events of each part, if one may be larger than a batch."""
        most = self.params.max_showers * self.params.max_energy
        if batch_size is None or batch_size > HITS_PER_GEV * most + self.params.noise_hits or most > QUICKLY_MADE:
            return None
        from registry.plugins.loaders.generated import event_counts
        from registry.plugins.loaders.showers.source import ShowerSource

        counts = event_counts(self.params)
        first = {part: min(count, PREVIEWED) for part, count in counts.items()}
        return Preview(ShowerSource(first, self.params.seed, self.params), complete=first == counts)

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Return another seed for other events."""
        return {"seed": content}


BLOCKS = (Showers,)
