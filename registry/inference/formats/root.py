"""ROOT: a tree of the table's name with a branch for each column; events are entries with arrays of hits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from registry.inference.event_table import EventTable
from registry.inference.needing import require
from registry.inference.tables import Table

READ_BY = "root"
"""The loader of events that are written so."""

PLACES: dict[str, str] = {"table": "events"}
"""The parameters by which it finds them."""

EVENT_COLUMN = "{}"
"""What it calls a column of events."""


def check() -> None:
    """Raise InputError without the package uproot."""
    require("uproot", "root")


def write(file: Path, table: Table) -> None:
    """Write a table, a basket of each branch for each piece."""
    import uproot

    with uproot.recreate(file) as written:
        tree = written.mktree(table.name, dict(table.columns))
        for rows in table.pieces():
            if len(next(iter(rows.values()))):
                tree.extend(rows)


def write_events(file: Path, table: EventTable) -> None:
    """Write an entry for each event, a basket of each branch for each piece; `nhits` counts the hits of an event."""
    import awkward as ak
    import uproot

    fields = ", ".join(f'"{name}": {dtype}' for name, dtype in table.hits.items())
    types: dict[str, Any] = {"hits": ak.types.from_datashape(f"var * {{{fields}}}", highlevel=False)}
    types |= {name: "string" if dtype.kind == "U" else dtype for name, dtype in table.events.items()}
    with uproot.recreate(file) as written:
        written["registry"] = table.about
        tree = written.mktree("events", types, field_name=lambda outer, inner: inner)
        for piece in table.pieces():
            if not len(piece.sizes):
                continue
            splits = ak.index.Index64(np.concatenate([[0], np.cumsum(piece.sizes)]))
            hits = ak.contents.RecordArray(
                [ak.contents.NumpyArray(np.ascontiguousarray(piece.hits[name])) for name in table.hits],
                list(table.hits),
            )
            rows: dict[str, Any] = {"hits": ak.Array(ak.contents.ListOffsetArray(splits, hits))}
            for name, values in piece.events.items():
                rows[name] = ak.Array(values.tolist()) if values.dtype.kind == "U" else values
            tree.extend(rows)
