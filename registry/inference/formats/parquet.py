"""Apache Parquet: a row a hit or shower, in row groups."""

from __future__ import annotations

from pathlib import Path

from registry.inference.needing import require
from registry.inference.tables import Table


def check() -> None:
    """Raise InputError without the package pyarrow."""
    require("pyarrow", "parquet")


def write(file: Path, table: Table) -> None:
    """Write a table, piece by piece."""
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([(name, pyarrow.from_numpy_dtype(dtype)) for name, dtype in table.columns.items()])
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for rows in table.pieces():
            arrays = [pyarrow.array(rows[name], type_) for name, type_ in zip(schema.names, schema.types, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
