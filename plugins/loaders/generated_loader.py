"""What loaders that generate their events share: numbers of events, the seed of the data, and how they are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import BlockParams, Complaint, Examples, InputTypes, param
from registry.contract.data import PARTS, Part, Source
from registry.contract.loader import Loader

if TYPE_CHECKING:
    from registry.plugins.loaders.events import Events

CALORIMETER_FEATURES = ("energy", "eta", "is_track", "theta", "r", "x", "y", "z", "time", "cell_size")
"""The columns of HGCalML's training data, which generators of calorimeters have as their features."""

CALORIMETER_UNITS = {
    "energy": "GeV",
    "theta": "rad",
    "time": "ns",
    **dict.fromkeys(("r", "x", "y", "z", "cell_size"), "cm"),
}
"""What they are counted in."""

Generate = Callable[..., "Events"]
"""Returns so many events of a seed: `generate(n_events, seed, options)`."""


class GeneratedParams(BlockParams):
    """Numbers of events, and the seed of the data; the parameters of a generator are added to them."""

    train_events: int = param(400, "number of events to train on", ge=1)
    validation_events: int = param(50, "number of events looked at after every epoch", ge=0)
    test_events: int = param(100, "number of held-out events, for the final figures", ge=0)
    seed: int = param(0, "seed of the data; runs with another `General.seed` see the same events", ge=0)

    @property
    def counts(self) -> dict[Part, int]:
        """The number of events of each part."""
        return {part: getattr(self, f"{part}_events") for part in PARTS}


class GeneratedLoader(Loader):
    """Base of the loaders that generate events; one states `name`, `Params`, `feature_names` and `generator`."""

    feature_names: ClassVar[tuple[str, ...]] = ()
    """What the columns of `features` are called, in their order."""
    feature_units: ClassVar[Mapping[str, str]] = {}
    """What those of them are counted in that have a unit."""
    examples: ClassVar[Examples] = ({"train_events": 3, "validation_events": 2, "test_events": 2},)

    def generator(self) -> tuple[Generate, list[Any] | int]:
        """Return what generates events, and its version: as long as that stays, a seed gives the same events."""
        raise NotImplementedError(f"loader {self.name!r} does not define generator()")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["features"] = len(self.feature_names)
        types = super().output_types(inputs, bindings, node)
        return {**types, "features": replace(types["features"], columns=self.feature_names)}

    def check(self) -> Iterator[Complaint]:
        yield from self.params.conflicts()

    def open(self, seed: int) -> Source:
        """Return the generated events; `seed` plays no part."""
        return self.source(self.params.counts)

    def source(self, counts: dict[Part, int]) -> Source:
        """Return so many events of each part."""
        from registry.plugins.loaders.generated import GeneratedSource

        params, (generate, version) = self.params, self.generator()
        return GeneratedSource(
            self.name,
            counts,
            params.seed,
            lambda count, seed: generate(count, seed, params),
            lambda: [version, params.model_dump()],
            {f"features.{n}": self.feature_units.get(name, "") for n, name in enumerate(self.feature_names)},
        )

    @classmethod
    def sample(cls, folder: Path, content: int) -> dict[str, Any]:
        """Return another seed for other events."""
        return {"seed": content}
