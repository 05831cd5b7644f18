"""Declares the rotation around the beam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from registry.contract.augmentation import Augmentation, EventHits
from registry.contract.block import BlockParams, param

if TYPE_CHECKING:
    from registry.contract.augmentation import Random


class Rotate(Augmentation):
    """Turns every event around the z axis by an angle of its own, uniform in a full turn.

    Formula: `x cos(a) - y sin(a)`, `x sin(a) + y cos(a)`, `phi + a`, for the columns that `geometry` declares.
    """

    name: ClassVar[str] = "rotate"
    turns: ClassVar[bool] = True

    class Params(BlockParams):
        """The symmetry of the detector."""

        steps: int | None = param(
            None, "equal sectors of the detector: angles are multiples of a full turn by them; null: any angle", ge=1
        )

    def augment(self, hits: EventHits, randoms: Sequence[Random]) -> EventHits:
        import numpy as np

        share = np.array([random.random() for random in randoms])
        if self.params.steps is not None:
            share = np.floor(share * self.params.steps) / self.params.steps
        return hits.turned(2 * np.pi * share)


BLOCKS = (Rotate,)
