"""Events as they are written: columns of hits and of events, read in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.casting import WHOLE, in_one_type
from registry.contract.data import DataError
from registry.contract.errors import InputError, Problem
from registry.contract.stored import StoredEvents

HITS, EVENTS, SIZES = "hits", "events", "sizes"
"""How the arrays of a piece are called: `hits/NAME`, `events/NAME`, and the hits of each event."""


@dataclass(frozen=True, eq=False)
class EventTable:
    """Events in pieces, each of whole events, in files of NumPy.

    `hits`, `events`: the dtype of every column by name; texts are of dtype "U". `about`: what the events were made of,
    as JSON, kept in the file where a format has a place for it. `described`: parameters of a loader for these columns.
    """

    files: Sequence[Path]
    hits: Mapping[str, np.dtype]
    events: Mapping[str, np.dtype]
    sizes: np.ndarray
    about: str
    described: Mapping[str, Any] = field(default_factory=dict)

    @property
    def row_splits(self) -> np.ndarray:
        """Where each event starts, and the last one ends, int64 [events + 1]."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    @property
    def n_hits(self) -> int:
        """Hits of all events."""
        return int(self.sizes.sum())

    def column(self, name: str) -> Iterator[np.ndarray]:
        """Yield a column of hits, piece by piece."""
        for file in self.files:
            with np.load(file) as arrays:
                yield arrays[f"{HITS}/{name}"].astype(self.hits[name], copy=False)

    def of_events(self, name: str) -> np.ndarray:
        """Return a column of events, [events]."""
        parts = [np.zeros(0, self.events[name])]
        for file in self.files:
            with np.load(file) as arrays:
                parts.append(arrays[f"{EVENTS}/{name}"])
        return np.concatenate(parts)

    @property
    def columns(self) -> Mapping[str, Any]:
        """What each output of a loader is made of: a column, an expression, or a list of them."""
        return self.described.get("columns") or {}

    def pieces(self) -> Iterator[StoredEvents]:
        """Yield all events, piece by piece."""
        for file in self.files:
            with np.load(file) as arrays:
                yield StoredEvents(
                    arrays[SIZES],
                    {name: arrays[f"{HITS}/{name}"].astype(dtype, copy=False) for name, dtype in self.hits.items()},
                    {name: arrays[f"{EVENTS}/{name}"] for name in self.events},
                )


def arrays_of(events: StoredEvents) -> dict[str, np.ndarray]:
    """Return the arrays of a piece by the names that they have in it."""
    hits = {f"{HITS}/{name}": column for name, column in events.hits.items()}
    return {SIZES: events.sizes} | hits | {f"{EVENTS}/{name}": column for name, column in events.events.items()}


def event_table(files: Sequence[Path], about: str, described: Mapping[str, Any] | None = None) -> EventTable:
    """Return the events of some pieces; raises InputError for a column that one lacks, or has as another type."""
    hits: dict[str, list[np.ndarray]] = {}
    events: dict[str, list[np.ndarray]] = {}
    sizes = [np.zeros(0, np.int64)]
    for file in files:
        with np.load(file) as arrays:
            sizes.append(arrays[SIZES])
            for name in arrays.files:
                kind, _, column = name.partition("/")
                if kind != SIZES:
                    (hits if kind == HITS else events).setdefault(column, []).append(_extremes(arrays[name]))
    return EventTable(
        files,
        {name: _common(name, extremes, len(files)) for name, extremes in hits.items()},
        {name: _common(name, extremes, len(files)) for name, extremes in events.items()},
        np.concatenate(sizes),
        about,
        described or {},
    )


def _extremes(values: np.ndarray) -> np.ndarray:
    """Return the least and the greatest whole number of a column, in its type; of others some values."""
    if values.dtype.kind not in WHOLE or not len(values):
        return values[:1]
    return np.array([values.min(), values.max()], values.dtype)


def _common(name: str, extremes: list[np.ndarray], count: int) -> np.dtype:
    """Return the type that holds a column of all pieces; `extremes`: what `_extremes` returns of each."""
    if len(extremes) < count:
        message = f"some of the files have no column {name!r}, as the others have"
        raise InputError([Problem(message, hint="name the columns that all files have: --columns")])
    try:
        found = in_one_type(extremes, name)[0].dtype
        for values in extremes if found.kind == "f" else []:
            # Between the extremes are whole numbers that floats do not hold, if these are not small.
            if (
                values.dtype.kind in WHOLE
                and (np.abs(values.astype(np.float64)) > 2.0 ** (np.finfo(found).nmant + 1)).any()
            ):
                raise DataError("its whole numbers are too large for floats")
        return found
    except DataError as error:
        both = " and ".join(sorted({str(values.dtype) for values in extremes}))
        message = f"column {name!r} is of the types {both} in different files: {error.message}"
        hint = "convert the files one by one: OUT as folder/*.parquet"
        raise InputError([Problem(message, hint=hint)]) from error
