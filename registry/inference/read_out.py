"""Makes clusters of predictions, and the table of the showers: what a network and its read-out say of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.errors import InputError, Problem
from registry.measuring.choices import DENSITY_RADIUS
from registry.measuring.kept import cut, of_event
from registry.measuring.read_out import ROW_SPLITS, MissingColumn, ReadOut
from registry.measuring.showers import Table, showers

if TYPE_CHECKING:
    from registry.contract.data import Columns
    from registry.inference.predicting import PredictedEvents


def columns_of(events: PredictedEvents) -> Columns:
    """Return outputs of the network, columns of the loader where none is called so, and "row_splits"."""
    return {**events.columns, **events.outputs, ROW_SPLITS: events.row_splits}


def clusters_of(read_out: ReadOut, events: PredictedEvents) -> Clusters:
    """Return the clusters of the hits of some events; condensation points count hits from the first event's first.

    Raises InputError for a column that is missing.
    """
    columns = columns_of(events)
    try:
        return read_out.clusters(columns)
    except MissingColumn as error:
        raise InputError([Problem(str(error), hint=f"there are: {', '.join(columns)}")]) from error


def showers_of(read_out: ReadOut, events: PredictedEvents, clusters: Clusters, radius: float = DENSITY_RADIUS) -> Table:
    """Return the table of the showers of some events: `event` (its number), then the columns of `showers`.

    `condensation_point` counts hits within the event.
    """
    hits, tables = read_out.hits(columns_of(events)), []
    splits = events.row_splits.tolist()
    for number, start, stop in zip(events.numbers.tolist(), splits[:-1], splits[1:], strict=True):
        table = showers(of_event(clusters, start, stop), cut(hits, start, stop), radius, read_out.apart)
        tables.append({"event": np.full(len(table["shower"]), number), **table})
    if not tables:
        nothing = Clusters(np.zeros(0, np.int32), np.zeros(0, np.int64))
        return {"event": np.zeros(0, np.int64), **showers(nothing, cut(hits, 0, 0), radius)}
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
