"""NumPy's npz: an array for each column."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from registry.inference.tables import Table


def write(file: Path, table: Table) -> None:
    """Write a table column by column, each piece by piece."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, dtype in table.columns.items():
            header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (table.rows,)}
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                for rows in table.pieces():
                    member.write(rows[name].tobytes())
