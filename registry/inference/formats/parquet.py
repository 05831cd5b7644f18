"""Apache Parquet: a row a hit or shower, in row groups; events are rows of lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from registry.inference.event_table import EventTable
from registry.inference.needing import require
from registry.inference.tables import Table

READ_BY = "parquet"
"""The loader of events that are written so."""

PLACES: dict[str, str] = {}
"""The parameters by which it finds them."""

EVENT_COLUMN = "{}"
"""What it calls a column of events."""


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


def write_events(file: Path, table: EventTable) -> None:
    """Write a row for each event: lists of its hits, and what it has one value of; a row group for each piece."""
    import pyarrow
    import pyarrow.parquet

    def type_of(dtype: np.dtype) -> Any:
        return pyarrow.string() if dtype.kind == "U" else pyarrow.from_numpy_dtype(dtype)

    fields = [(name, pyarrow.list_(type_of(dtype))) for name, dtype in table.hits.items()]
    fields += [(name, type_of(dtype)) for name, dtype in table.events.items()]
    schema = pyarrow.schema(fields, metadata={"registry": table.about})
    with pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for piece in table.pieces():
            splits = pyarrow.array(np.concatenate([[0], np.cumsum(piece.sizes)]).astype(np.int32))
            arrays = []
            for name, dtype in table.hits.items():
                values = pyarrow.array(piece.hits[name], type_of(dtype))
                arrays.append(pyarrow.ListArray.from_arrays(splits, values))
            arrays += [pyarrow.array(piece.events[name], type_of(dtype)) for name, dtype in table.events.items()]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
