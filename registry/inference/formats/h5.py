"""HDF5: a group of the table's name with a dataset for each column; of events row splits beside them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from registry.inference.event_table import EventTable
from registry.inference.tables import Table

READ_BY = "hdf5"
"""The loader of events that are written so."""

PLACES: dict[str, str] = {"table": "hits", "row_splits": "row_splits"}
"""The parameters by which it finds them."""

EVENT_COLUMN = "events/{}"
"""What it calls a column of events."""


def write(file: Path, table: Table) -> None:
    """Write a table, piece by piece."""
    with h5py.File(file, "w") as written:
        group = written.create_group(table.name)
        for name, dtype in table.columns.items():
            _dataset(group, name, table.rows, dtype)
        start = 0
        for rows in table.pieces():
            length = len(next(iter(rows.values())))
            for name, column in rows.items():
                group[name][start : start + length] = column
            start += length


def write_events(file: Path, table: EventTable) -> None:
    """Write the columns of hits as `hits/NAME`, those of events as `events/NAME`, and `row_splits`."""
    with h5py.File(file, "w") as written:
        written.attrs["registry"] = table.about
        written["row_splits"] = table.row_splits
        for name in table.events:
            values = table.of_events(name)
            texts = values.dtype.kind == "U"
            written.create_dataset(
                f"events/{name}",
                data=values.astype(object) if texts else values,
                dtype=h5py.string_dtype() if texts else None,
            )
        hits = written.create_group("hits")
        for name, dtype in table.hits.items():
            _dataset(hits, name, table.n_hits, dtype)
        start = 0
        for piece in table.pieces():
            stop = start + int(piece.sizes.sum())
            for name, column in piece.hits.items():
                hits[name][start:stop] = column
            start = stop


def _dataset(group: h5py.Group, name: str, rows: int, dtype: np.dtype) -> None:
    chunks = True if rows else None
    group.create_dataset(name, (rows,), dtype, chunks=chunks, compression="gzip" if chunks else None)
