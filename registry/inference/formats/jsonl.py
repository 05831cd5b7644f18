"""JSON lines: a record a hit or shower; events are records of lists. Numbers keep their values, and lose their type."""

from __future__ import annotations

import json
from pathlib import Path

from registry.inference.event_table import EventTable
from registry.inference.tables import Table

READ_BY = "json"
"""The loader of events that are written so."""

PLACES: dict[str, str] = {}
"""The parameters by which it finds them."""

EVENT_COLUMN = "{}"
"""What it calls a column of events."""


def write(file: Path, table: Table) -> None:
    """Write a table, a record in each line."""
    with file.open("w", encoding="utf-8") as written:
        for rows in table.pieces():
            columns = [rows[name].tolist() for name in table.columns]
            for values in zip(*columns, strict=True):
                written.write(json.dumps(dict(zip(table.columns, values, strict=True))) + "\n")


def write_events(file: Path, table: EventTable) -> None:
    """Write a record for each event: lists of its hits, and what it has one value of."""
    with file.open("w", encoding="utf-8") as written:
        for piece in table.pieces():
            start = 0
            of_events = {name: values.tolist() for name, values in piece.events.items()}
            for event, size in enumerate(piece.sizes.tolist()):
                hits = {name: values[start : start + size].tolist() for name, values in piece.hits.items()}
                record = hits | {name: values[event] for name, values in of_events.items()}
                written.write(json.dumps(record) + "\n")
                start += size
