"""Declares the loss of hits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from registry.contract.augmentation import Augmentation, EventHits
from registry.contract.block import BlockParams, param

if TYPE_CHECKING:
    from registry.contract.augmentation import Random


class DropHits(Augmentation):
    """Leaves hits out at random, as a detector with dead cells does; an event with hits keeps one.

    Objects keep their numbers; one may be left without a hit. Limits on hits and energy of objects are those of the
    whole event.
    """

    name: ClassVar[str] = "drop_hits"
    examples = ({"fraction": 0.2},)

    class Params(BlockParams):
        """How many."""

        fraction: float = param(..., "probability of every hit to be left out", ge=0, lt=1)

    def augment(self, hits: EventHits, randoms: Sequence[Random]) -> EventHits:
        import numpy as np

        sizes = hits.sizes.tolist()
        drawn = np.concatenate(
            [np.zeros(0), *(random.random(size) for random, size in zip(randoms, sizes, strict=True))]
        )
        kept = drawn >= self.params.fraction
        left = np.add.reduceat(np.append(kept, False), hits.row_splits[:-1]) if len(sizes) else np.zeros(0)
        for event in np.flatnonzero((left == 0) & (hits.sizes > 0)):
            start, stop = hits.row_splits[event], hits.row_splits[event + 1]
            kept[start + int(np.argmax(drawn[start:stop]))] = True
        return hits.chosen(kept)


BLOCKS = (DropHits,)
