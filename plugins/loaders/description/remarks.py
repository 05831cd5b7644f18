"""What is seen of events while they are read for the first time: features that never vary, parts without objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from registry.contract.data import Part
from registry.plugins.loaders.events import Events

FEWEST_HITS = 100
"""Of fewer hits nothing is said."""

NAMES: dict[Part, str] = {"train": "training", "validation": "validation"}


class Remarks:
    """Looks at events once; `features`: what the columns of features are called."""

    def __init__(self, features: Sequence[str]) -> None:
        self._features = features
        self._constant: dict[int, float | None] = dict.fromkeys(range(len(features)))
        self._n_hits = 0
        self._owned: list[np.ndarray] = []

    def look(self, events: Events) -> None:
        """Look at some more events; features that were seen to vary are not looked at again."""
        if "truth_index" in events.columns:
            event = np.repeat(np.arange(len(events)), events.sizes)[events["truth_index"][:, 0] >= 0]
            self._owned.append(np.bincount(event, minlength=len(events)) > 0)
        if not events.n_hits:
            return
        self._n_hits += events.n_hits
        for number, value in list(self._constant.items()):
            column = events["features"][:, number]
            known = float(column[0]) if value is None else value
            if (column == known).all():
                self._constant[number] = known
            else:
                del self._constant[number]

    def doubts(self, parts: Mapping[Part, np.ndarray]) -> Iterator[str]:
        """Yield what is doubtful; `parts`: the events of each part."""
        if self._n_hits >= FEWEST_HITS:
            for number, value in self._constant.items():
                yield f"feature {self._features[number]!r} never varies: it is {value:g} for all {self._n_hits:,} hits"
        if not self._owned or self._n_hits < FEWEST_HITS:
            return
        owned = np.concatenate(self._owned)
        for part, name in NAMES.items():
            if len(parts[part]) and not owned[parts[part]].any():
                yield f"no hit of the {len(parts[part]):,} {name} events belongs to an object"
