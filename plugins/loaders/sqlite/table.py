"""The rows of a table of an SQLite database, in the order in which they were written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.events import EVENTS
from registry.plugins.loaders.description.table import ColumnType, Values

ROWS_AT_ONCE = 100_000

BESIDE = EVENTS.removesuffix("/")
"""The table whose columns have a value for each event, in their order."""

DTYPES = {"integer": np.dtype(np.int64), "real": np.dtype(np.float64)}
"""What a column is whose values are all of one kind; of whole numbers and floats together it is of floats."""


class SqliteTable:
    """The rows of one table; nothing but the kinds of its values is read before `read` is called."""

    def __init__(self, path: str, table: str) -> None:
        self.name, self._path = Path(path).name, path
        try:
            # A table is read by one thread at a time, which need not be the one that opened it.
            where = f"file:{quote(str(Path(path).absolute()))}?mode=ro&immutable=1"
            self._database = sqlite3.connect(where, uri=True, check_same_thread=False)
            self._table = self._named(table)
            self.rows = int(self._asked(f"SELECT COUNT(*) FROM {_quoted(self._table)}")[0][0])
            self.types = self._types(self._table)
            self._of_events = self._events()
            self.types |= self._of_events
        except sqlite3.Error as error:
            hint = "copy it again if it was cut off"
            raise DataError(f"{path!r} is not a database of SQLite: {error}", "file", hint) from error
        self.pieces = np.append(np.arange(0, self.rows, ROWS_AT_ONCE), self.rows)
        self._order, self._first = self._rows(self._table, self.rows)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _asked(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(question, values).fetchall()

    def _tables(self) -> list[str]:
        return [str(row[0]) for row in self._asked("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]

    def _named(self, table: str) -> str:
        known = self._tables()
        if table in known or (not table and len(known) == 1):
            return table or known[0]
        message = f"{self.name} has no table {table!r}" if table else f"{self.name} has {len(known)} tables"
        raise DataError(message, "table", "it has: " + ", ".join(known))

    def _events(self) -> dict[str, ColumnType]:
        """Return the columns of a table `events` beside that of the hits, as arrays "events/NAME"."""
        if self._table == BESIDE or BESIDE not in self._tables():
            return {}
        rows = int(self._asked(f"SELECT COUNT(*) FROM {_quoted(BESIDE)}")[0][0])
        return {f"{EVENTS}{name}": replace(own, rows=rows) for name, own in self._types(BESIDE).items()}

    def _types(self, table: str) -> dict[str, ColumnType]:
        names = [str(row[1]) for row in self._asked(f"PRAGMA table_info({_quoted(table)})")]
        found = {}
        for name in names:
            question = f"SELECT DISTINCT typeof({_quoted(name)}) FROM {_quoted(table)}"
            kinds = {row[0] for row in self._asked(question)} - {"null"}
            dtypes = {DTYPES.get(kind, np.dtype(object)) for kind in kinds or {"real"}}
            whole = np.dtype(object) if np.dtype(object) in dtypes else np.result_type(*dtypes)
            found[name] = ColumnType(whole)
        return found

    def _rows(self, table: str, rows: int) -> tuple[str, int | None]:
        """Return what rows are ordered by, and the first row's number if the numbers have no gap."""
        try:
            question = f"SELECT MIN(rowid), MAX(rowid) FROM {_quoted(table)}"
            lowest, highest = self._asked(question)[0]
        except sqlite3.OperationalError:  # a view, or a table without numbers of rows
            return "", None
        return " ORDER BY rowid", lowest if lowest is not None and highest - lowest + 1 == rows else None

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        asked = list(names)
        beside = {name: self._beside(name, start, stop) for name in asked if name in self._of_events}
        wanted = [name for name in asked if name not in beside]
        if not wanted:
            return beside
        question = f"SELECT {', '.join(map(_quoted, wanted))} FROM {_quoted(self._table)}"
        try:
            if self._first is None:
                rows = self._asked(f"{question}{self._order} LIMIT ? OFFSET ?", stop - start, start)
            else:
                where = " WHERE rowid >= ? AND rowid < ?"
                rows = self._asked(question + where + self._order, self._first + start, self._first + stop)
        except sqlite3.Error as error:
            message = f"data file {self._path!r} is damaged: {error}"
            raise DataError(message, "file", "make or copy it again") from error
        columns = zip(*rows, strict=True) if rows else ([] for _ in wanted)
        read = {name: self._values(name, list(column)) for name, column in zip(wanted, columns, strict=True)}
        return read | beside

    def _beside(self, name: str, start: int, stop: int) -> Values:
        order, _ = self._rows(BESIDE, 0)
        question = f"SELECT {_quoted(name.removeprefix(EVENTS))} FROM {_quoted(BESIDE)}{order} LIMIT ? OFFSET ?"
        return self._values(name, [row[0] for row in self._asked(question, stop - start, start)])

    def _values(self, name: str, column: list[Any]) -> Values:
        dtype = self.types[name].dtype
        missing = np.array([value is None for value in column], bool)
        if not missing.any():
            return Values(np.array(column, dtype))
        nothing = {"O": None, "f": np.nan}.get(dtype.kind, 0)
        return Values(np.array([nothing if value is None else value for value in column], dtype), (), missing)

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole column."""
        if name not in self.types:
            return None
        rows = self.types[name].rows
        return self.read([name], 0, self.rows if rows is None else rows)[name].values

    def arrays(self) -> Iterable[str]:
        """Return the names of all columns."""
        return self.types


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
