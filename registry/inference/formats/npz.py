"""NumPy's npz: an array for each column; of events row splits beside them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from registry.inference.event_table import EventTable
from registry.inference.tables import Table

READ_BY = "arrays"
"""The loader of events that are written so."""

PLACES: dict[str, str] = {"row_splits": "row_splits"}
"""The parameters by which it finds them."""

EVENT_COLUMN = "events/{}"
"""What it calls a column of events."""


def write(file: Path, table: Table) -> None:
    """Write a table column by column, each piece by piece."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, dtype in table.columns.items():
            _write_column(archive, name, dtype, table.rows, (rows[name] for rows in table.pieces()))


def write_events(file: Path, table: EventTable) -> None:
    """Write the columns of hits, `row_splits`, and the columns of events as `events/NAME`."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, dtype in table.hits.items():
            _write_column(archive, name, dtype, table.n_hits, table.column(name))
        of_events = {f"events/{name}": table.of_events(name) for name in table.events}
        for name, values in {"row_splits": table.row_splits, **of_events}.items():
            _write_column(archive, name, values.dtype, len(values), [values])
        archive.writestr("registry.json", table.about)


def _write_column(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype, rows: int, pieces: Iterable[np.ndarray]
) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows,)}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, header)
        for piece in pieces:
            member.write(piece.tobytes())
