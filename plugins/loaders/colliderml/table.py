"""The events of ColliderML: the rows of its tables that have one event id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from registry.contract.casting import NUMBERS
from registry.contract.data import DataError
from registry.plugins.loaders.description.frame import take_lists
from registry.plugins.loaders.description.joined import interleaved
from registry.plugins.loaders.description.table import ColumnType, Values
from registry.plugins.loaders.parquet.table import ParquetTable
from registry.plugins.shared.expression_grammar import OBJECT

KEY = "event_id"
PARTICLES = "particles"
TABLES = (PARTICLES, "tracker_hits", "calo_hits", "tracks")
IDS, ENERGIES = "contrib_particle_ids", "contrib_energies"
TRUTH = (IDS, ENERGIES, "contrib_times", "true_x", "true_y", "true_z", "particle_id")

KNOWN = (*TRUTH, "x", "y", "z", "time", "total_energy", "detector", "is_tracker", "energy")
"""Columns of hits that the release has; others are read as they are."""

NEEDED = {"tracker_hits": ("x", "y", "z", "time"), "calo_hits": ("x", "y", "z", "total_energy")}
"""Columns without which a table of hits is none."""

WHOLE = ("detector", "is_tracker", "volume_id", "layer_id", "surface_id", "cell_id")
"""Columns of whole numbers, -1 where a table of hits has none."""


class ColliderMLTable:
    """A row for each event, with its hits as lists, and its particles as lists called `object.NAME`."""

    def __init__(self, path: str, hits: Sequence[str]) -> None:
        self._read: dict[tuple[str, str], Values] = {}
        self._hits = [name for name in ("tracker_hits", "calo_hits") if name in hits]
        tables = {name: open_part(path, name, name in self._hits) for name in (*self._hits, PARTICLES)}
        self._tables = {name: table for name, table in tables.items() if table is not None}
        first = self._tables[self._hits[0]]
        self.name, self.rows, self.pieces = Path(path).name, first.rows, first.pieces
        events = {name: table.read([KEY], 0, table.rows)[KEY].values for name, table in self._tables.items()}
        self._place = {name: self._places(name, own, events[self._hits[0]]) for name, own in events.items()}
        for name in self._hits:
            self._check(name)
        self.truth = frozenset(TRUTH)
        self.types = {KEY: first.types[KEY], **self._types()}

    def _check(self, table: str) -> None:
        """Raise DataError for a table of hits that lacks a column, or has one that holds no numbers."""
        types = self._tables[table].types
        for name in NEEDED[table]:
            if name not in types:
                hint = "it has: " + ", ".join(types)
                raise DataError(f"{table} of {self.name} have no column {name!r}", "file", hint)
            if types[name].dtype.kind not in NUMBERS:
                received = f"expected numbers, received dtype {types[name].dtype}"
                raise DataError(f"column {name!r} of {table} of {self.name}: {received}", "file")

    def _places(self, name: str, own: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return the row of each event in another table."""
        order = np.argsort(own, kind="stable")
        place = np.minimum(np.searchsorted(own[order], wanted), max(len(own) - 1, 0))
        lost = np.flatnonzero(own[order][place] != wanted) if len(own) else np.arange(len(wanted))
        if len(lost):
            message = f"{name} of {self.name} have no event {wanted[lost[0]]}, which {self._hits[0]} have"
            raise DataError(message, "file", "name the shards that belong together")
        return order[place]

    def _types(self) -> dict[str, ColumnType]:
        found: dict[str, ColumnType] = {"is_tracker": ColumnType(np.dtype(np.int64), 1)}
        found |= dict.fromkeys(("x", "y", "z", "time", "energy"), ColumnType(np.dtype(np.float64), 1))
        for name in ("true_x", "true_y", "true_z"):
            if any(name in self._tables[table].types for table in self._hits):
                found[name] = ColumnType(np.dtype(np.float64), 1)
        for name in WHOLE:
            if any(name in self._tables[table].types for table in self._hits):
                found[name] = ColumnType(np.dtype(np.int64), 1)
        found |= self._others(found)
        particles = self._tables.get(PARTICLES)
        if particles is not None:
            found[IDS], found[ENERGIES] = ColumnType(np.dtype(np.int64), 2), ColumnType(np.dtype(np.float64), 2)
            own = {name: type_ for name, type_ in particles.types.items() if name != KEY and type_.depth}
            found |= {f"{OBJECT}.{name}": type_ for name, type_ in own.items()}
        return found

    def _others(self, known: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
        """Return the columns of hits beside those of the release, and those that an event has one value of."""
        tables = [self._tables[table].types for table in self._hits]
        names = [name for types in tables for name in types if name not in known and name not in (KEY, *KNOWN)]
        # The release has the particle of tracker hits alone; where all have it, it is a column like others.
        names += ["particle_id"] if all("particle_id" in types for types in tables) else []
        found = {}
        for name in dict.fromkeys(names):
            own = [types[name] for types in tables if name in types]
            if own[0].depth == 1 and all(type_.dtype.kind in NUMBERS for type_ in own):
                found[name] = ColumnType(np.result_type(*(type_.dtype for type_ in own)), 1)
            elif own[0].depth == 0 and name in tables[0]:
                found[name] = own[0]
        return found

    @staticmethod
    def _own(table: str, name: str) -> str:
        """Return what a table of hits calls a column."""
        return "total_energy" if (table, name) == ("calo_hits", "energy") else name

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the events from `start` to before `stop`."""
        self._read.clear()
        wanted = list(names)
        for table in self._tables:
            own = dict.fromkeys(each for name in wanted for each in self._of_table(table, name))
            self._read |= {(table, name): values for name, values in self._in_rows(table, own, start, stop).items()}
        made = {}
        for name in wanted:
            if not self.types[name].depth:
                made[name] = self._tables[self._hits[0]].read([name], start, stop)[name]
            elif name.startswith(OBJECT + "."):
                made[name] = self._read[PARTICLES, name.removeprefix(OBJECT + ".")]
            else:
                parts = [self._of_hits(table, name) for table in self._hits]
                made[name] = interleaved(parts, name) if len(parts) > 1 else parts[0]
        return made

    def _of_table(self, table: str, name: str) -> Iterable[str]:
        """Return the columns of a table that a column is made of."""
        if table == PARTICLES:
            return [name.removeprefix(OBJECT + ".")] if name.startswith(OBJECT + ".") else []
        if name.startswith(OBJECT + ".") or not self.types[name].depth:
            return []
        own = self._own(table, name)
        if own in self._tables[table].types:
            return [own]
        return ["particle_id" if name in (IDS, ENERGIES) else "x"]

    def _in_rows(self, table: str, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows of a table that belong to some events."""
        rows = self._place[table][start:stop]
        if not len(rows):
            return self._tables[table].read(names, 0, 0)
        lowest = int(rows.min())
        read = self._tables[table].read(names, lowest, int(rows.max()) + 1)
        if np.array_equal(rows, np.arange(lowest, lowest + len(rows))):
            return read
        return {name: take_lists(values, rows - lowest) for name, values in read.items()}

    def _of_hits(self, table: str, name: str) -> Values:
        """Return a column of one table's hits; what the table does not have is 0, or -1 for whole numbers."""
        own = self._own(table, name)
        if own in self._tables[table].types:
            found = self._read[table, own]
            if name in ("x", "y", "z", "time", "energy"):
                return Values(found.values.astype(np.float64), found.splits, found.missing)
            return found
        if name in (IDS, ENERGIES):
            return self._single(table, name)
        some = self._read[table, "x"]
        value: float = int(table == "tracker_hits") if name == "is_tracker" else -1 if name in WHOLE else 0
        return Values(np.full(len(some.values), value, self.types[name].dtype), some.splits)

    def _single(self, table: str, name: str) -> Values:
        """Return the one particle of each tracker hit as a list of one contribution."""
        found = self._read[table, "particle_id"]
        each = np.arange(len(found.values) + 1)
        values = found.values if name == IDS else np.ones(len(found.values))
        return Values(values, (found.splits[0], each), found.missing if name == IDS else None)

    def array(self, name: str) -> np.ndarray | None:
        """There is no array beside the events."""
        return None

    def arrays(self) -> Iterable[str]:
        """There is no array beside the events."""
        return ()


def open_part(path: str, name: str, needed: bool) -> ParquetTable | None:
    """Return the table of a name that goes with a file of another one; None if it is not there and not needed."""
    file = Path(path)
    here = next((table for table in TABLES if file.parent.name.endswith(table)), None)
    if here is None:
        message = f"the folder of {path!r} is not called after a table of ColliderML"
        raise DataError(message, "file", f"expected a folder whose name ends with one of: {', '.join(TABLES)}")
    there = file.parent.with_name(file.parent.name.removesuffix(here) + name) / file.name
    if there.is_file():
        return ParquetTable(str(there))
    if needed:
        raise DataError(f"{there} does not exist: {name} of {file.name}", "file", "copy it beside the others")
    return None
