"""SQLite: a table `hits`, and a table `events` with the first row of each event, and what it has one value of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.inference.event_table import EventTable

READ_BY = "sqlite"
"""The loader of events that are written so."""

FIRST, COUNT = "first_hit", "n_hits"
"""Columns of the table `events`: the row of each event's first hit, counted from 0, and how many it has."""

PLACES: dict[str, Any] = {"table": "hits", "event": {"start": f"events/{FIRST}", "length": f"events/{COUNT}"}}
"""The parameters by which it finds them."""

EVENT_COLUMN = "events/{}"
"""What it calls a column of events."""


def write_events(file: Path, table: EventTable) -> None:
    """Write the rows of both tables, piece by piece; raises InputError for a column that SQLite does not hold."""
    file.unlink(missing_ok=True)
    database = sqlite3.connect(file, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("BEGIN")
        _create(database, "hits", table.hits)
        _create(database, "events", {FIRST: np.dtype(np.int64), COUNT: np.dtype(np.int64), **table.events})
        first = 0
        for piece in table.pieces():
            _insert(database, "hits", piece.hits)
            starts = first + np.concatenate([[0], np.cumsum(piece.sizes)])
            _insert(database, "events", {FIRST: starts[:-1].astype(np.int64), COUNT: piece.sizes, **piece.events})
            first = int(starts[-1])
        database.execute("COMMIT")
    finally:
        database.close()


def _create(database: sqlite3.Connection, table: str, columns: Mapping[str, np.dtype]) -> None:
    # Names of columns differ in more than the case of letters for SQLite.
    known: dict[str, str] = {}
    for name in columns:
        if (other := known.setdefault(name.lower(), name)) != name:
            message = f"columns {other!r} and {name!r} have the same name for SQLite"
            raise InputError([Problem(message, hint="leave one out: --columns")])
    # A column of floats has no type: SQLite keeps floats that are whole as whole numbers where it has one.
    types = {name: {"U": " TEXT", "f": ""}.get(dtype.kind, " INTEGER") for name, dtype in columns.items()}
    database.execute(f"CREATE TABLE {table} ({', '.join(f'{_quoted(name)}{own}' for name, own in types.items())})")


def _insert(database: sqlite3.Connection, table: str, columns: Mapping[str, np.ndarray]) -> None:
    if not columns:
        return
    rows: Iterable[Any] = zip(*(_plain(name, values) for name, values in columns.items()), strict=True)
    database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)


def _plain(name: str, values: np.ndarray) -> list[Any]:
    if values.dtype.kind == "u" and len(values) and int(values.max()) > np.iinfo(np.int64).max:
        message = f"column {name!r} holds {values.max()}: whole numbers of SQLite have 64 bits with a sign"
        raise InputError([Problem(message, hint="leave it out (--columns), or choose another format")])
    found: list[Any] = (values.astype(np.int64) if values.dtype.kind == "b" else values).tolist()
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
