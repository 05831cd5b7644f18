"""Groups of an HDF5 file, each of which holds the hits of an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import h5py
import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.remote import file_name
from registry.plugins.loaders.description.table import ColumnType, Values
from registry.plugins.loaders.hdf5.columns import Column, columns_of, open_file, picked, rows_of
from registry.plugins.loaders.hdf5.records import field_type

EVENTS_AT_ONCE = 1_000

NAMED = 5
"""Columns that a hint lists."""


def is_pattern(table: str) -> bool:
    """Say whether a table is a pattern of groups, `event_*`."""
    return any(sign in table for sign in "*?[")


class GroupsTable:
    """A row for each group that a pattern matches, in the order of the numbers in their names.

    A dataset [hits] below the groups is a column of lists, one of a single number a column of events.
    """

    def __init__(self, path: str, pattern: str) -> None:
        self.name, self._file = file_name(path), open_file(path)
        self._groups = sorted(_matching(self._file, "", pattern.strip("/").split("/")), key=_numbers)
        if not self._groups:
            raise DataError(f"{self.name} has no group {pattern!r}", "table", "it has: " + ", ".join(self._file))
        self.rows = len(self._groups)
        self.pieces = np.append(np.arange(0, self.rows, EVENTS_AT_ONCE), self.rows)
        first = self._file[self._groups[0]]
        self._columns = dict(columns_of(first, "", ())) | {name: Column(name) for name in _single(first)}
        self.types = {name: _type(first[column.dataset], column) for name, column in self._columns.items()}

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the events from `start` to before `stop`; a dataset of several columns is read once."""
        wanted = {name: self._columns[name] for name in names}
        found: dict[str, list[np.ndarray]] = {name: [np.zeros(0, self.types[name].dtype)] for name in wanted}
        for path in self._groups[start:stop]:
            rows = {column.dataset: self._rows(path, column.dataset) for column in wanted.values()}
            for name, column in wanted.items():
                found[name].append(picked(column, rows[column.dataset]))
        return {name: _values(parts, self.types[name].depth) for name, parts in found.items()}

    def _rows(self, path: str, dataset: str) -> Any:
        """Return a dataset of a group, that of a single number as an array of one."""
        found, called = self._file[path].get(dataset), f"{path}/{dataset}"
        if not isinstance(found, h5py.Dataset):
            message = f"{self.name} has no dataset {called!r}, as {self._groups[0]} has"
            raise DataError(message, "table", "write an empty dataset for an event without hits")
        if not found.shape:
            return np.asarray(found[()])[None]
        return rows_of(found, 0, int(found.shape[0]), called, self.name)

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole column of events."""
        return self.read([name], 0, self.rows)[name].values if name in self.arrays() else None

    def arrays(self) -> Iterable[str]:
        """Return the names of the columns of events."""
        return [name for name, type_ in self.types.items() if not type_.depth]


def hint_of_groups(item: Any) -> str:
    """Return which pattern makes an event of each group of a file or group; nothing if they are not alike."""
    names = [name for name, each in item.items() if isinstance(each, h5py.Group)] if hasattr(item, "items") else []
    patterns = {re.sub(r"\d+", "*", name) for name in names}
    if len(names) < 2 or len(patterns) > 1:
        return ""
    first, second, *_ = sorted(names, key=_numbers)
    columns = [*columns_of(item[first], "", ())]
    if not columns or [name for name, _ in columns] != [name for name, _ in columns_of(item[second], "", ())]:
        return ""
    table = f"{item.name.strip('/')}/{patterns.pop()}".strip("/")
    listed = ", ".join([name for name, _ in columns[:NAMED]] + ["..."] * (len(columns) > NAMED))
    return f'`table: "{table}"` makes an event of each of the {len(names)} groups, with the columns {listed}'


def _matching(item: Any, path: str, patterns: list[str]) -> Iterator[str]:
    """Yield the paths of the groups that patterns, one for each level, match."""
    if not patterns:
        yield path
        return
    for name, each in item.items():
        if isinstance(each, h5py.Group) and fnmatchcase(name, patterns[0]):
            yield from _matching(each, f"{path}/{name}" if path else name, patterns[1:])


def _numbers(path: str) -> list[tuple[int, str]]:
    """Return what sorts `event_10` behind `event_9`."""
    return [(int(part) if part.isdigit() else -1, part) for part in re.split(r"(\d+)", path)]


def _single(group: Any) -> list[str]:
    """Return the names of the datasets below a group that hold a single number."""
    found: list[str] = []
    group.visititems(lambda name, each: found.append(name) if getattr(each, "shape", None) == () else None)
    return found


def _type(dataset: Any, column: Column) -> ColumnType:
    dtype = field_type(dataset.dtype, column.field)
    if h5py.check_string_dtype(dtype) is not None:
        return ColumnType(np.dtype(object), min(dataset.ndim, 1))
    if column.index is not None and column.field is not None:
        return ColumnType(dtype.base, 1)
    wide = dataset.ndim - (column.index is not None)
    flat = wide <= 1 and dtype.shape == () and h5py.check_vlen_dtype(dtype) is None
    fault = "" if flat else f"expected a flat array in each group, received shape {list(dataset.shape)}"
    return ColumnType(dtype, min(wide, 1), fault)


def _values(parts: list[np.ndarray], depth: int) -> Values:
    """Return the parts of events, the first of which is empty, as lists, or as values."""
    splits = np.cumsum([len(part) for part in parts]).astype(np.int64)
    return Values(np.concatenate(parts), (splits,) if depth else ())
