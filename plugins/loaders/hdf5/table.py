"""The datasets of an HDF5 file as columns, by h5py; only the rows asked for are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import h5py
import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.remote import file_name
from registry.plugins.loaders.description.table import ColumnType, Values
from registry.plugins.loaders.hdf5.columns import Column, columns_of, open_file, picked, rows_of
from registry.plugins.loaders.hdf5.groups import hint_of_groups
from registry.plugins.loaders.hdf5.padding import check_filled, there
from registry.plugins.loaders.hdf5.records import field_type

ROWS_AT_ONCE = 100_000

TURNED = "lists in the byte order of another machine, of which h5py makes other numbers: write them in that of this one"
"""Why such lists are not read."""


class Hdf5Table:
    """Columns of one length in an HDF5 file, or in one group or dataset of it.

    `names`: of the columns of a matrix; `features`: columns, the first of which says how many rows there are;
    `padding`: whether a row of an array is the padded list of an event, and the array that says which are hits.
    """

    def __init__(
        self,
        path: str,
        table: str,
        names: Sequence[str],
        features: Sequence[str],
        padding: tuple[bool, str | None] = (False, None),
    ) -> None:
        self.name, self._path, self._padding = file_name(path), path, padding
        self._file = open_file(path)
        if table and self._file.get(table) is None:
            hint = "it has: " + ", ".join(self._file)
            raise DataError(f"{self.name} has no group or dataset {table!r}", "table", hint)
        self._group = self._file[table] if table else self._file
        self._columns = dict(columns_of(self._group, table, names))
        self.types = {name: self._type(column) for name, column in self._columns.items()}
        first = next((name for name in features if name in self.types), next(iter(self.types), None))
        self.rows = 0 if first is None else int(self._file[self._columns[first].dataset].shape[0])
        self.pieces = np.append(np.arange(0, self.rows, self._rows_at_once(first)), self.rows)

    def _rows_at_once(self, first: str | None) -> int:
        if first is None or not self.types[first].depth:
            return ROWS_AT_ONCE
        return max(1, ROWS_AT_ONCE // max(1, int(np.prod(self._file[self._columns[first].dataset].shape[1:]) or 100)))

    @cached_property
    def hint(self) -> str:
        """What to write where each group holds the hits of an event; nothing if groups are not alike."""
        return hint_of_groups(self._group)

    def _type(self, column: Column) -> ColumnType:
        dataset = self._file[column.dataset]
        dtype = field_type(dataset.dtype, column.field)
        if column.field is not None and column.index is not None:
            return ColumnType(dtype.base, 0, "", int(dataset.shape[0]))
        rows = int(dataset.shape[0])
        if h5py.check_string_dtype(dtype) is not None:
            return ColumnType(np.dtype(object), 0, "", rows)
        inner = h5py.check_vlen_dtype(dtype)
        if inner is not None:
            return ColumnType(np.dtype(inner), 1, "" if inner.isnative else TURNED, rows)
        wide = dataset.ndim - (column.index is not None)
        if self._padding[0] and wide == 2:
            return ColumnType(dtype, 1, "", rows)
        flat = wide == 1 and dtype.shape == ()
        return ColumnType(
            dtype, 0, "" if flat else f"expected a flat array, received shape {list(dataset.shape)}", rows
        )

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`; a dataset of several columns is read once."""
        wanted = list(names)
        datasets = {self._columns[name].dataset for name in wanted}
        parts = {dataset: self._rows(dataset, start, stop) for dataset in datasets}
        kept = self._hits(parts, wanted, start, stop)
        return {name: self._values(self._columns[name], parts, self.types[name], kept) for name in wanted}

    def _rows(self, dataset: str, start: int, stop: int) -> Any:
        return rows_of(self._file[dataset], start, stop, dataset, self.name)

    def _hits(self, parts: dict[str, Any], names: list[str], start: int, stop: int) -> np.ndarray | None:
        """Return which places of padded arrays hold hits, bool [events, hits]; None if nothing is padded."""
        padded, mask = self._padding
        arrays = {name: _picked(self._columns[name], parts) for name in names if self.types[name].depth}
        arrays = {name: values for name, values in arrays.items() if values.ndim == 2}
        if not padded or not arrays:
            return None
        if mask is not None:
            if mask not in self._file:
                raise DataError(f"{self.name} has no array {mask!r}", "mask", "it has: " + ", ".join(self.arrays()))
            shape = next(iter(arrays.values())).shape
            return there(np.asarray(self._rows(mask, start, stop)), shape, f"{mask!r} of {self.name}", start)
        for values in arrays.values():
            if values.dtype.kind == "f":
                found = ~np.isnan(values)
                if found.all():
                    check_filled(arrays, lambda row: f"row {start + row} of {self.name}")
                return found
        return None

    def _values(self, column: Column, parts: dict[str, Any], type_: ColumnType, kept: np.ndarray | None) -> Values:
        values = _picked(column, parts)
        if not type_.depth:
            return Values(values)
        if values.dtype == object:
            lists = [np.asarray(item, type_.dtype) for item in values]
            splits = np.concatenate([[0], np.cumsum([len(item) for item in lists])]).astype(np.int64)
            return Values(np.concatenate([np.zeros(0, type_.dtype), *lists]), (splits,))
        hits = np.ones(values.shape, bool) if kept is None else kept
        return Values(values[hits], (np.concatenate([[0], np.cumsum(hits.sum(axis=1))]),))

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole dataset, or a field of one, beside the columns or anywhere in the file."""
        column = self._columns.get(name) or self._beside.get(name)
        if column is None and isinstance(self._file.get(name), h5py.Dataset):
            column = Column(name)
        if column is None:
            return None
        return picked(column, self._rows(column.dataset, 0, int(self._file[column.dataset].shape[0])))

    @cached_property
    def _beside(self) -> dict[str, Column]:
        """The columns of the whole file, whatever `table` names."""
        return dict(columns_of(self._file, "", ()))

    def arrays(self) -> Iterable[str]:
        """Return the names of all datasets of plain values and of their fields."""
        return dict.fromkeys([*self._columns, *self._beside])


def _picked(column: Column, parts: dict[str, Any]) -> np.ndarray:
    return picked(column, parts[column.dataset])
