"""Declares the loader that generates events of a whole detector."""

from __future__ import annotations

from typing import Any, ClassVar

from registry.plugins.loaders.detector.options import DetectorOptions
from registry.plugins.loaders.generated_loader import (
    CALORIMETER_FEATURES,
    CALORIMETER_UNITS,
    Generate,
    GeneratedLoader,
    GeneratedParams,
)
from registry.plugins.shared.ports import INPUT_PORTS, TRUTH_PORTS


class Detector(GeneratedLoader):
    """Generates events of a detector: barrel and endcaps in a field, tracks, showers, pile-up, noise, and the truth.

    Layers and cells are options. Charged particles follow helices to the calorimeter, where each has a hit that is its
    track. Electromagnetic showers are drawn from the parameterisation of Grindhammer and Peters, with fluctuations;
    hadrons interact after an exponential way, and have an electromagnetic part. Sampling gives a / sqrt(E). Hits of an
    event fall in energy. Events depend on `seed` and the options alone, and are kept in memory.
    Outputs: ten features, in the order of the loader `showers`: energy (GeV; of a track its momentum), eta, whether it
    is a track, theta (rad), distance from the origin and x, y, z (cm), time (ns, -1 for none), size of the cell (cm);
    and all truth.
    Source: hep-ex/0001020; NIM 186 (1981) 533; NIM A 338 (1994) 336.
    """

    name: ClassVar[str] = "detector"
    outputs = (*INPUT_PORTS, *TRUTH_PORTS)

    feature_names = CALORIMETER_FEATURES
    feature_units = CALORIMETER_UNITS

    class Params(GeneratedParams, DetectorOptions):
        """Numbers of events, the seed of the data, the detector, and what the events are like."""

    def generator(self) -> tuple[Generate, list[Any] | int]:
        from registry.plugins.loaders.detector.generator import VERSION, generate

        return generate, ["detector", VERSION]


BLOCKS = (Detector,)
