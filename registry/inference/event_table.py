"""Events as they are written: columns of hits and of events, read in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.contract.stored import StoredEvents

HITS, EVENTS, SIZES = "hits", "events", "sizes"
"""How the arrays of a piece are called: `hits/NAME`, `events/NAME`, and the hits of each event."""


@dataclass(frozen=True, eq=False)
class EventTable:
    """Events in pieces, each of whole events, in files of NumPy.

    `hits`, `events`: the dtype of every column by name; texts are of dtype "U". `about`: what the events were made of,
    as JSON, kept in the file where a format has a place for it.
    """

    files: Sequence[Path]
    hits: Mapping[str, np.dtype]
    events: Mapping[str, np.dtype]
    sizes: np.ndarray
    about: str

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


def event_table(files: Sequence[Path], about: str) -> EventTable:
    """Return the events of some pieces; raises InputError for a column that one lacks, or has as another type."""
    hits: dict[str, list[np.dtype]] = {}
    events: dict[str, list[np.dtype]] = {}
    sizes = [np.zeros(0, np.int64)]
    for file in files:
        with np.load(file) as arrays:
            sizes.append(arrays[SIZES])
            for name in arrays.files:
                kind, _, column = name.partition("/")
                if kind != SIZES:
                    (hits if kind == HITS else events).setdefault(column, []).append(arrays[name].dtype)
    return EventTable(
        files,
        {name: _common(name, dtypes, len(files)) for name, dtypes in hits.items()},
        {name: _common(name, dtypes, len(files)) for name, dtypes in events.items()},
        np.concatenate(sizes),
        about,
    )


def _common(name: str, dtypes: list[np.dtype], count: int) -> np.dtype:
    if len(dtypes) < count:
        message = f"some of the files have no column {name!r}, as the others have"
        raise InputError([Problem(message, hint="name the columns that all files have: --columns")])
    if len({dtype.kind for dtype in dtypes}) == 1:
        return np.result_type(*dtypes)
    both = " and ".join(sorted({str(dtype) for dtype in dtypes}))
    message = f"column {name!r} is of the types {both} in different files"
    raise InputError([Problem(message, hint="convert the files one by one: OUT as folder/*.parquet")])
