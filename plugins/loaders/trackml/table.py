"""The events of a zip, or the one event of a file of hits, with its truth, particles and cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from registry.contract.casting import in_one_type
from registry.contract.data import DataError
from registry.plugins.loaders.description.table import ColumnType, Values
from registry.plugins.loaders.trackml.parts import OWN, PARTS, Parts
from registry.plugins.shared.expression_grammar import OBJECT

CELLS = ("n_cells", "cell_value")
"""What is made of a hit's cells: their number, and the sum of their charge."""

_EACH_CELL = "cells."
"""What stands before a column of cells as they are."""

_HIT, _EVENT = "hit_id", "event"

_WHOLE = frozenset(
    (
        *("hit_id", "volume_id", "layer_id", "module_id", "particle_id", "q", "nhits", "particle_type", "n_cells"),
        *(f"{_EACH_CELL}{name}" for name in ("hit_id", "ch0", "ch1")),
    )
)
"""Columns of whole numbers."""


class TrackMLTable:
    """A row for each event, whose columns are lists of hits, of particles and of cells."""

    def __init__(self, path: str) -> None:
        self._parts = Parts(path)
        self.name = self._parts.name
        self._events = list(self._parts.events)
        self.rows = len(self._events)
        self.pieces = np.arange(self.rows + 1)
        headers = {part: self._parts.header(part) for part in PARTS}
        self._place: dict[str, tuple[str, str]] = {}
        for part in ("hits", "truth"):
            for name in headers[part]:
                self._place.setdefault(name, (part, name))
        self._place |= {f"{OBJECT}.{name}": ("particles", name) for name in headers["particles"]}
        if headers["cells"]:
            self._place |= {name: ("cells", name) for name in CELLS}
            self._place |= {f"{_EACH_CELL}{name}": ("each cell", name) for name in headers["cells"]}
        self.types = {name: ColumnType(_dtype(name), 1) for name in self._place}
        self.types[_EVENT] = ColumnType(np.dtype(object))
        for name, value in self._parts.own(self._events[0]).items():
            self._place[name] = (OWN, name)
            self.types[name] = ColumnType(_array([value]).dtype)
        self.truth = frozenset(name for name, (part, _) in self._place.items() if part == "truth")

    def close(self) -> None:
        """Close the zip."""
        self._parts.close()

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the events from `start` to before `stop`."""
        wanted = list(names)
        events = self._events[start:stop]
        found: dict[str, list[Any]] = {name: [] for name in wanted if name in self._place}
        by_part: dict[str, list[str]] = {}
        for name in found:
            by_part.setdefault(self._place[name][0], []).append(name)
        for event in events:
            for part, own in by_part.items():
                read = self._part(event, part, [self._place[name][1] for name in own])
                for name in own:
                    found[name].append(read[self._place[name][1]])
        made = {
            name: _array_of(values, name) if self._place[name][0] == OWN else _joined(values, name)
            for name, values in found.items()
        }
        if _EVENT in wanted and _EVENT not in self._place:
            made[_EVENT] = Values(np.array(events, dtype=object))
        return made

    def _part(self, event: str, part: str, names: Sequence[str]) -> Mapping[str, Any]:
        """Return columns of a part of an event, those of truth and cells in the order of the hits."""
        if part == OWN:
            own = self._parts.own(event)
            lost = [name for name in names if name not in own]
            if lost:
                raise DataError(f"{event} of {self.name} has no value of {lost[0]!r}", "file", "make it again")
            return own
        if part == "each cell":
            return self._parts.columns(event, "cells", names)
        if part not in ("truth", "cells"):
            return self._parts.columns(event, part, names)
        hits = self._parts.columns(event, "hits", [_HIT])[_HIT].values
        if part == "cells":
            return self._cells(event, hits)
        found = self._parts.columns(event, part, [*names, _HIT])
        own_hits = found[_HIT].values
        if np.array_equal(own_hits, hits):
            return found
        rows = self._rows(event, own_hits, hits)
        return {name: _taken(values, rows) for name, values in found.items()}

    def _rows(self, event: str, own: np.ndarray, hits: np.ndarray) -> np.ndarray:
        """Return the row of the truth of each hit; raises DataError for a hit without, and for one that is twice."""
        order = np.argsort(own, kind="stable")
        twice = np.flatnonzero(own[order][1:] == own[order][:-1])
        place = np.minimum(np.searchsorted(own[order], hits), max(len(own) - 1, 0))
        lost = np.flatnonzero(own[order][place] != hits) if len(own) else np.arange(len(hits))
        if len(twice) or len(lost):
            reason = f"hit {own[order][twice[0]]} is there twice" if len(twice) else f"hit {hits[lost[0]]} has no truth"
            raise DataError(f"{event} of {self.name}: {reason}", "file", "do hits and truth belong together?")
        rows: np.ndarray = order[place]
        return rows

    def _cells(self, event: str, hits: np.ndarray) -> dict[str, Values]:
        """Return the number of each hit's cells, and the sum of their charge."""
        found = self._parts.columns(event, "cells", [_HIT, "value"])
        cells = pd.DataFrame({name: values.values for name, values in found.items()})
        sums = cells.groupby(_HIT)["value"].agg(["size", "sum"]).reindex(hits, fill_value=0)
        return {name: Values(sums[own].to_numpy()) for name, own in zip(CELLS, ("size", "sum"), strict=True)}

    def array(self, name: str) -> np.ndarray | None:
        """There is no array beside the events."""
        return None

    def arrays(self) -> Iterable[str]:
        """There is no array beside the events."""
        return ()


def _dtype(name: str) -> np.dtype:
    plain = name.removeprefix(OBJECT + ".")
    return np.dtype(np.int64 if plain in _WHOLE else np.float64)


def _array(values: Sequence[Any]) -> np.ndarray:
    """Return plain values: numbers as such, texts as objects."""
    made = np.array(values)
    return made.astype(object) if made.dtype.kind not in "biuf" else made


def _array_of(values: Sequence[Any], name: str) -> Values:
    made = _array(values)
    if made.dtype == object and not all(isinstance(value, str) for value in values):
        raise DataError(f"{name!r} is a number in one event and a text in another", "file")
    return Values(made)


def _taken(values: Values, rows: np.ndarray) -> Values:
    return Values(values.values[rows], (), None if values.missing is None else values.missing[rows])


def _joined(lists: Sequence[Values], name: str) -> Values:
    splits = np.concatenate([[0], np.cumsum([len(each.values) for each in lists])]).astype(np.int64)
    # A part without a row has no type.
    filled = [each for each in lists if len(each.values)]
    if not filled:
        return Values(np.zeros(0, _dtype(name)), (splits,))
    values = np.concatenate(in_one_type([each.values for each in filled], name))
    missing = None
    if any(each.missing is not None for each in filled):
        nothing = [np.zeros(len(each.values), bool) if each.missing is None else each.missing for each in filled]
        missing = np.concatenate(nothing)
    return Values(values, (splits,), missing)
