"""Predictions as tables: one row a hit, one row a shower; columns of numbers only, each with a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from registry.inference.predicting import PredictedEvents

HITS, SHOWERS = "hits", "showers"
"""The names of the tables."""

KEPT = "kept"
"""The output by which a network says which hits it has kept."""

OWN = ("event", "hit", "original_id", "cluster", "condensation_point", KEPT)
"""Columns of the hits that are no outputs of the network."""

Rows = dict[str, np.ndarray]
"""Columns of one length by name, each of one axis."""


@dataclass(frozen=True)
class Table:
    """A table that is read in pieces: its columns with their dtypes, the number of rows, and what yields the pieces."""

    name: str
    columns: Mapping[str, np.dtype]
    rows: int
    pieces: Callable[[], Iterator[Rows]]


def hit_rows(events: PredictedEvents, first: int = 0) -> Rows:
    """Return one row for each hit of some events; `first` is the number of the first event.

    Columns: `event`, counted from 0 in the order of the data; `hit`, counted from 0 in every event; `original_id`, what
    the data call the hit; every output, `NAME` or, if it is wider than one, `NAME_0`, `NAME_1`, ...; `kept`, whether
    the network has kept the hit.
    """
    starts = events.row_splits[:-1][events.event_of_hit]
    hit = np.arange(events.hits) - starts
    rows: Rows = {"event": first + events.event_of_hit, "hit": hit.astype(np.int32)}
    rows["original_id"] = _flat(events.original["hit"]) if "hit" in events.original else hit
    for name, values in events.outputs.items():
        if name != KEPT:
            rows |= flat_columns(f"output_{name}" if name in OWN else name, values)
    rows[KEPT] = _kept(events)
    return rows


def flat_columns(name: str, values: np.ndarray) -> Rows:
    """Return an array [rows, ...] as columns of one axis: `name`, or `name_0`, `name_1`, ... if it is wider."""
    flat = values.reshape(len(values), -1) if len(values) else values.reshape(0, int(np.prod(values.shape[1:])))
    if flat.shape[1] == 1:
        return {name: flat[:, 0]}
    return {f"{name}_{index}": flat[:, index] for index in range(flat.shape[1])}


def _kept(events: PredictedEvents) -> np.ndarray:
    if KEPT not in events.outputs:
        return np.ones(events.hits, dtype=bool)
    return _flat(events.outputs[KEPT]) > 0.5


def _flat(column: np.ndarray) -> np.ndarray:
    return np.asarray(column).reshape(-1)
