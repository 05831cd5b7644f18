"""Declares the smearing of columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from registry.contract.augmentation import Augmentation, EventHits
from registry.contract.block import BlockParams, Complaint, param

if TYPE_CHECKING:
    from registry.contract.augmentation import Random


class Smear(Augmentation):
    """Adds a random number to columns of every hit.

    Formula: `x (1 + r g) + a h`, with g and h from a Gauss of width 1, r of `relative` and a of `absolute`.
    """

    name: ClassVar[str] = "smear"
    examples = ({"absolute": {"x": 0.5}, "relative": {"y": 0.1}},)

    class Params(BlockParams):
        """How wide, by column."""

        absolute: dict[str, float] = param({}, "standard deviation by column, in its unit, {time: 0.05}")
        relative: dict[str, float] = param({}, "standard deviation by column, as a share of the value, {energy: 0.02}")

    def check(self) -> Iterator[Complaint]:
        if not self.params.absolute and not self.params.relative:
            yield Complaint("no column is smeared", "", "name columns under `absolute` or `relative`")
        for path in ("absolute", "relative"):
            for name, width in getattr(self.params, path).items():
                if width < 0:
                    yield Complaint(
                        f"{name}: the width {width:g} is below 0", f"{path}.{name}", "write a width above 0"
                    )

    def named_columns(self) -> Iterator[tuple[str, str]]:
        for path in ("absolute", "relative"):
            yield from ((f"{path}.{name}", name) for name in getattr(self.params, path))

    def augment(self, hits: EventHits, randoms: Sequence[Random]) -> EventHits:
        import numpy as np

        names = [name for _, name in self.named_columns()]
        sizes = hits.sizes.tolist()
        drawn = [random.standard_normal((size, len(names))) for random, size in zip(randoms, sizes, strict=True)]
        noise = np.concatenate([np.zeros((0, len(names))), *drawn])
        made: dict[str, np.ndarray] = {}
        of_absolute = len(self.params.absolute)
        for place, name in enumerate(names):
            column = made.get(name, hits.columns[name])
            if place < of_absolute:
                made[name] = column + self.params.absolute[name] * noise[:, place]
            else:
                made[name] = column + hits.columns[name] * self.params.relative[name] * noise[:, place]
        return hits.with_columns(made)


BLOCKS = (Smear,)
