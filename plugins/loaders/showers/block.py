"""Declares the loader that generates calorimeter showers."""

from __future__ import annotations

from typing import Any, ClassVar

from registry.contract.data import Preview
from registry.plugins.loaders.generated_loader import (
    CALORIMETER_FEATURES,
    CALORIMETER_UNITS,
    Generate,
    GeneratedLoader,
    GeneratedParams,
)
from registry.plugins.loaders.showers.options import ShowerOptions
from registry.plugins.shared.ports import INPUT_PORTS, TRUTH_PORTS

PREVIEWED = 4
"""Events of each part that `check` looks at."""

HITS_PER_GEV = 7
"""Rarely has an event more hits than this for each GeV that it may have."""

QUICKLY_MADE = 1000.0
"""GeV: events of at most so much energy take a hundredth of a second each."""


class Showers(GeneratedLoader):
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

    feature_names = CALORIMETER_FEATURES
    feature_units = CALORIMETER_UNITS

    class Params(GeneratedParams, ShowerOptions):
        """Numbers of events, the seed of the data, and what the events are like."""

    def generator(self) -> tuple[Generate, list[Any] | int]:
        from registry.plugins.loaders.showers.generator import VERSION, generate

        return generate, VERSION

    def preview(self, seed: int, batch_size: int | None) -> Preview | None:
        """Return the first events of each part, if one may be larger than a batch."""
        most = self.params.max_showers * self.params.max_energy
        if batch_size is None or batch_size > HITS_PER_GEV * most + self.params.noise_hits or most > QUICKLY_MADE:
            return None
        counts = self.params.counts
        first = {part: min(count, PREVIEWED) for part, count in counts.items()}
        return Preview(self.source(first), complete=first == counts)


BLOCKS = (Showers,)
