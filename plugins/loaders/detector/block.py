"""Declares the loader that generates events of a whole detector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Complaint, InputTypes, param
from registry.contract.data import Source
from registry.contract.loader import Loader
from registry.plugins.loaders.detector.options import DetectorOptions
from registry.plugins.shared.ports import INPUT_PORTS, TRUTH_PORTS

N_FEATURES = 10


class Detector(Loader):
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

    examples = ({"train_events": 3, "validation_events": 2, "test_events": 2},)

    class Params(DetectorOptions):
        """Numbers of events, the seed of the data, the detector, and what the events are like."""

        train_events: int = param(400, "number of events to train on", ge=1)
        validation_events: int = param(50, "number of events looked at after every epoch", ge=0)
        test_events: int = param(100, "number of held-out events, for the final figures", ge=0)
        seed: int = param(0, "seed of the data; runs with another `General.seed` see the same events", ge=0)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["features"] = N_FEATURES
        return super().output_types(inputs, bindings, node)

    def check(self) -> Iterator[Complaint]:
        return self.params.conflicts()

    def open(self, seed: int) -> Source:
        """Return the generated events; `seed` plays no part."""
        from registry.plugins.loaders.detector.generator import VERSION, generate
        from registry.plugins.loaders.generated import GeneratedSource, event_counts

        params = self.params
        return GeneratedSource(
            self.name,
            event_counts(params),
            params.seed,
            lambda count, seed: generate(count, seed, params),
            lambda: [["detector", VERSION], params.model_dump()],
        )

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Return another seed for other events."""
        return {"seed": content}


BLOCKS = (Detector,)
