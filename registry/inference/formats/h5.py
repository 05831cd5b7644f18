"""HDF5: a group of the table's name with a dataset for each column."""

from __future__ import annotations

from pathlib import Path

import h5py

from registry.inference.tables import Table


def write(file: Path, table: Table) -> None:
    """Write a table, piece by piece."""
    with h5py.File(file, "w") as written:
        group = written.create_group(table.name)
        for name, dtype in table.columns.items():
            chunks = True if table.rows else None
            group.create_dataset(name, (table.rows,), dtype, chunks=chunks, compression="gzip" if chunks else None)
        start = 0
        for rows in table.pieces():
            length = len(next(iter(rows.values())))
            for name, column in rows.items():
                group[name][start : start + length] = column
            start += length
