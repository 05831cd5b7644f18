"""The events of a generator, made when a part is first asked for and kept in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from registry.contract.data import PARTS, Columns, Part
from registry.plugins.loaders.events import Events


class GeneratedSource:
    """Generated events; part p of data seed s has the seed (s, p), so that the parts never share an event.

    `name`: of the loader; `make`: returns so many events of a seed; `recipe`: what they depend on beside that;
    `units`: of columns of outputs, "features.3", that one unit of the output does not say.
    """

    def __init__(
        self,
        name: str,
        counts: dict[Part, int],
        seed: int,
        make: Callable[[int, tuple[int, int]], Events],
        recipe: Callable[[], list[Any]],
        units: Mapping[str, str],
    ) -> None:
        self._name, self._counts, self._seed, self._make, self._recipe = name, counts, seed, make, recipe
        self.units = {name: unit for name, unit in units.items() if unit}
        self._made: dict[Part, Events] = {}

    def events(self, part: Part) -> Events:
        """Return all events of a part."""
        if part not in self._made:
            self._made[part] = self._make(self._counts[part], (self._seed, PARTS.index(part)))
        return self._made[part]

    def sizes(self, part: Part) -> np.ndarray:
        """Return the number of hits of every event of a part, int64 [events]."""
        return self.events(part).sizes

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        """Return the columns of the given events; every epoch sees the same ones."""
        chosen = self.events(part).select(events)
        return {**chosen.columns, "row_splits": chosen.row_splits}

    def describe(self, part: Part, event: int) -> str:
        """Return "showers, train event 12 (seed 0)"."""
        return f"{self._name}, {part} event {event} (seed {self._seed})"

    def fingerprint(self) -> str:
        """Return a hash of the generator's version, seed, options and numbers of events."""
        version, *more = self._recipe()
        return hashlib.sha256(
            json.dumps([version, self._seed, self._counts, *more], sort_keys=True).encode()
        ).hexdigest()
