"""Predictions as tables: one row a hit, one row a shower; columns of numbers only, each with a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from registry.wiring.hits_table import KEPT, column_names, output_name

if TYPE_CHECKING:
    from registry.contract.clusterer import Clusters
    from registry.inference.predicting import PredictedEvents
    from registry.measuring.read_out import ReadOut

HITS, SHOWERS = "hits", "showers"
"""The names of the tables."""

Rows = dict[str, np.ndarray]
"""Columns of one length by name, each of one axis."""


@dataclass(frozen=True)
class Table:
    """A table that is read in pieces: its columns with their dtypes, the number of rows, and what yields the pieces."""

    name: str
    columns: Mapping[str, np.dtype]
    rows: int
    pieces: Callable[[], Iterator[Rows]]


def tabulate(events: PredictedEvents, read_out: ReadOut | None = None) -> dict[str, Rows]:
    """Return the hits of some events and, with a read-out, their showers, as rows by the name of the table."""
    if read_out is None:
        return {HITS: hit_rows(events)}
    from registry.inference.read_out import clusters_of, showers_of

    clusters = clusters_of(read_out, events)
    return {HITS: hit_rows(events, clusters), SHOWERS: showers_of(read_out, events, clusters)}


def hit_rows(events: PredictedEvents, clusters: Clusters | None = None) -> Rows:
    """Return one row for each hit of some events.

    Columns: `event`, the number of the event; `hit`, counted from 0 in every event; `original_id`, the id of the hit
    where the data name a column of ids, else its number in its event, before any filter; every output, `NAME` or, if it
    is wider than one, `NAME_0`, `NAME_1`, ..., of which those that are positions of hits say `hit`; with clusters,
    `cluster`, counted from 0 in every event, -1 for none, and `condensation_point`, the hit of the event that the
    cluster formed around, -1 for none; `kept`, whether the network has kept the hit.
    """
    starts = events.row_splits[:-1][events.event_of_hit]
    hit = np.arange(events.hits) - starts
    rows: Rows = {"event": events.numbers[events.event_of_hit], "hit": hit.astype(np.int32)}
    rows["original_id"] = _flat(events.original["hit"]) if "hit" in events.original else hit
    for name, values in events.written().items():
        if name != KEPT:
            rows |= flat_columns(output_name(name), values)
    if clusters is not None:
        points = clusters.condensation_point
        rows["cluster"] = clusters.assignment.astype(np.int32)
        rows["condensation_point"] = np.where(points >= 0, points - starts, -1).astype(np.int32)
    rows[KEPT] = _kept(events)
    return rows


def flat_columns(name: str, values: np.ndarray) -> Rows:
    """Return an array [rows, ...] as columns of one axis: `name`, or `name_0`, `name_1`, ... if it is wider."""
    flat = values.reshape(len(values), -1) if len(values) else values.reshape(0, int(np.prod(values.shape[1:])))
    return {column: flat[:, index] for index, column in enumerate(column_names(name, flat.shape))}


def _kept(events: PredictedEvents) -> np.ndarray:
    if KEPT not in events.outputs:
        return np.ones(events.hits, dtype=bool)
    return _flat(events.outputs[KEPT]) > 0.5


def _flat(column: np.ndarray) -> np.ndarray:
    return np.asarray(column).reshape(-1)
