"""Declares the reflection across the beam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from registry.contract.augmentation import Augmentation, EventHits
from registry.contract.block import BlockParams, param

if TYPE_CHECKING:
    from registry.contract.augmentation import Random


class Mirror(Augmentation):
    """Reflects events at random: y becomes -y, an azimuth its negative, and what is handed changes its sign."""

    name: ClassVar[str] = "mirror"
    turns: ClassVar[bool] = True

    class Params(BlockParams):
        """How often."""

        probability: float = param(0.5, "probability that an event is reflected", ge=0, le=1)

    def augment(self, hits: EventHits, randoms: Sequence[Random]) -> EventHits:
        import numpy as np

        return hits.mirrored(np.array([random.random() for random in randoms]) < self.params.probability)


BLOCKS = (Mirror,)
