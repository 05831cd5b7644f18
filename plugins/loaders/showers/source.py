"""The events of the shower generator, made when a part is first asked for and kept in memory."""

from __future__ import annotations

import hashlib
import json

import numpy as np

from registry.contract.data import PARTS, Columns, Part
from registry.plugins.loaders.events import Events
from registry.plugins.loaders.showers.generator import VERSION, generate
from registry.plugins.loaders.showers.options import ShowerOptions


class ShowerSource:
    """Generated events; part p of data seed s has the seed (s, p), so that the parts never share an event."""

    def __init__(self, counts: dict[Part, int], seed: int, options: ShowerOptions) -> None:
        self._counts, self._seed, self._options = counts, seed, options
        self._made: dict[Part, Events] = {}

    def events(self, part: Part) -> Events:
        """Return all events of a part."""
        if part not in self._made:
            self._made[part] = generate(self._counts[part], (self._seed, PARTS.index(part)), self._options)
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
        return f"showers, {part} event {event} (seed {self._seed})"

    def fingerprint(self) -> str:
        """Return a hash of the generator's version, seed, options and numbers of events."""
        recipe = [VERSION, self._seed, self._counts, self._options.model_dump()]
        return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
