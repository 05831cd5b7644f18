"""An augmentation changes an event by its own random numbers alone, and nothing of what it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from registry.contract.augmentation import Augmentation, EventHits, Geometry
from registry.testing.broken import Broken
from registry.testing.comparing import require_same
from registry.testing.law import AUGMENTATIONS, law
from registry.testing.subject import Subject

SIZES = [12, 0, 1, 7]
COLUMNS = ("x", "y", "z", "e")


@law("events by their seeds", AUGMENTATIONS, "draw what changes event k from `randoms[k]` alone, and write into copies")
def check(subject: Subject) -> None:
    """Change events together and each alone, twice."""
    block = subject.block
    assert isinstance(block, Augmentation)
    random = np.random.default_rng(0)
    named = [column for _, column in block.named_columns()]
    columns = {name_: random.normal(size=sum(SIZES)) for name_ in dict.fromkeys([*COLUMNS, *named])}
    for array in columns.values():
        array.flags.writeable = False
    together = block.augment(_hits(columns, SIZES), _generators(range(len(SIZES))))
    again = block.augment(_hits(columns, SIZES), _generators(range(len(SIZES))))
    require_same(dict(again.columns), dict(together.columns), "events changed twice from the same seeds")
    starts = np.concatenate([[0], np.cumsum(SIZES)])
    for event, (first, last) in enumerate(pairwise(starts)):
        part = {name_: value[first:last] for name_, value in columns.items()}
        alone = block.augment(_hits(part, [last - first]), _generators([event]))
        rows = slice(together.row_splits[event], together.row_splits[event + 1])
        wanted = {name_: value[rows] for name_, value in together.columns.items()}
        require_same(dict(alone.columns), wanted, f"event {event}, alone as among others")
    kept = together.hits
    if len(kept) != together.row_splits[-1] or len(np.unique(kept)) != len(kept):
        raise Broken("hits that say which of those that were read they are", kept.tolist())


def _hits(columns: Mapping[str, np.ndarray], sizes: Sequence[int]) -> EventHits:
    splits = np.concatenate([[0], np.cumsum(sizes)])
    return EventHits(columns, splits, np.arange(splits[-1]), Geometry(vectors=(("x", "y", "z"),)))


def _generators(seeds: Sequence[int]) -> list[np.random.Generator]:
    return [np.random.default_rng([7, seed]) for seed in seeds]
