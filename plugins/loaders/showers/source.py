"""The events of the shower generator."""

from __future__ import annotations

from registry.contract.data import Part
from registry.plugins.loaders.events import Events
from registry.plugins.loaders.generated import GeneratedSource
from registry.plugins.loaders.showers.generator import VERSION, generate
from registry.plugins.loaders.showers.options import ShowerOptions


class ShowerSource(GeneratedSource):
    """Generated showers."""

    def __init__(self, counts: dict[Part, int], seed: int, options: ShowerOptions) -> None:
        def make(count: int, seeds: tuple[int, int]) -> Events:
            return generate(count, seeds, options)

        super().__init__("showers", counts, seed, make, lambda: [VERSION, options.model_dump()])
