"""The datasets of an HDF5 file as columns, by h5py; only the rows asked for are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import h5py
import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.remote import file_name, opened
from registry.plugins.loaders.description.table import ColumnType, Values
from registry.plugins.loaders.hdf5.padding import check_filled, there
from registry.plugins.loaders.hdf5.records import field_type, fields_of, of_records, read_records

ROWS_AT_ONCE = 100_000

WIDEST = 1000
"""Columns of a matrix, or values of a field, that are named one by one; of a wider one none is."""


TURNED = "lists in the byte order of another machine, of which h5py makes other numbers: write them in that of this one"
"""Why such lists are not read."""


@dataclass(frozen=True)
class _Column:
    """Where a column is: a dataset, with a field of its compound type or a column of its matrix."""

    dataset: str
    field: str | None = None
    index: int | None = None


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
        with suppress(ImportError):
            import hdf5plugin  # noqa: F401  (registers further filters where it is installed)
        try:
            self._file = h5py.File(opened(path), "r")
        except OSError as error:
            hint = "copy it again if it was cut off"
            raise DataError(f"{path!r} is not an HDF5 file: {error}", "file", hint) from error
        if table and self._file.get(table) is None:
            hint = "it has: " + ", ".join(self._file)
            raise DataError(f"{self.name} has no group or dataset {table!r}", "table", hint)
        self._columns = dict(_columns(self._file[table] if table else self._file, table, names))
        self.types = {name: self._type(column) for name, column in self._columns.items()}
        first = next((name for name in features if name in self.types), next(iter(self.types), None))
        self.rows = 0 if first is None else int(self._file[self._columns[first].dataset].shape[0])
        self.pieces = np.append(np.arange(0, self.rows, self._rows_at_once(first)), self.rows)

    def _rows_at_once(self, first: str | None) -> int:
        if first is None or not self.types[first].depth:
            return ROWS_AT_ONCE
        return max(1, ROWS_AT_ONCE // max(1, int(np.prod(self._file[self._columns[first].dataset].shape[1:]) or 100)))

    def _type(self, column: _Column) -> ColumnType:
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
        try:
            found = self._file[dataset]
            return read_records(found, start, stop) if fields_of(found.dtype) else found[start:stop]
        except (OSError, ValueError) as error:
            if "filter" in str(error):
                message = f"dataset {dataset!r} of {self.name} is compressed by a filter that is not installed: {error}"
                raise DataError(message, "file", "pip install hdf5plugin") from error
            message = f"dataset {dataset!r} of {self.name} is damaged: {error}"
            raise DataError(message, "file", "make or copy it again") from error

    def _hits(self, parts: dict[str, Any], names: list[str], start: int, stop: int) -> np.ndarray | None:
        """Return which places of padded arrays hold hits, bool [events, hits]; None if nothing is padded."""
        padded, mask = self._padding
        arrays = {name: self._picked(self._columns[name], parts) for name in names if self.types[name].depth}
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

    def _picked(self, column: _Column, parts: dict[str, Any]) -> np.ndarray:
        part = parts[column.dataset]
        if column.field is not None:
            part = of_records(part, column.field) if part.dtype == object else part[column.field]
        return _texts(np.asarray(part if column.index is None else part[..., column.index]))

    def _values(self, column: _Column, parts: dict[str, Any], type_: ColumnType, kept: np.ndarray | None) -> Values:
        values = self._picked(column, parts)
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
        if name in self._columns:
            column = self._columns[name]
            return self._picked(column, {column.dataset: self._rows(column.dataset, 0, self._length(column.dataset))})
        beside = self._beside.get(name)
        if beside is not None:
            return self._picked(beside, {beside.dataset: self._rows(beside.dataset, 0, self._length(beside.dataset))})
        if not isinstance(self._file.get(name), h5py.Dataset):
            return None
        return self._picked(_Column(name), {name: self._rows(name, 0, self._length(name))})

    @cached_property
    def _beside(self) -> dict[str, _Column]:
        """The columns of the whole file, whatever `table` names."""
        return dict(_columns(self._file, "", ()))

    def _length(self, dataset: str) -> int:
        return int(self._file[dataset].shape[0])

    def arrays(self) -> Iterable[str]:
        """Return the names of all datasets of plain values and of their fields."""
        return dict.fromkeys([*self._columns, *self._beside])


def _texts(values: np.ndarray) -> np.ndarray:
    """Return texts as such, which HDF5 hands over as bytes; other values as they are."""
    if values.dtype.kind != "S" and not (
        values.dtype == object and any(isinstance(item, bytes) for item in values.flat)
    ):
        return values
    texts = [item.decode(errors="replace") for item in values.reshape(-1).tolist()]
    return np.array(texts, dtype=object).reshape(values.shape)


def _columns(item: Any, path: str, names: Sequence[str]) -> Iterator[tuple[str, _Column]]:
    """Yield the columns of a dataset, or of all datasets in a group, by their names below it."""
    if isinstance(item, h5py.Dataset):
        yield from _of_dataset(item, path, "", names)
        return
    found: list[tuple[str, Any]] = []
    item.visititems(lambda name, each: found.append((name, each)) if isinstance(each, h5py.Dataset) else None)
    for name, each in found:
        yield from _of_dataset(each, f"{path}/{name}" if path else name, name, ())


def _of_dataset(dataset: Any, path: str, prefix: str, names: Sequence[str]) -> Iterator[tuple[str, _Column]]:
    if not dataset.shape:
        return
    if fields := fields_of(dataset.dtype):
        yield from ((f"{prefix}.{field}" if prefix else field, _Column(path, field)) for field in fields)
        return
    if dataset.dtype.names:
        for field in dataset.dtype.names:
            name = f"{prefix}.{field}" if prefix else field
            yield name, _Column(path, field)
            shape = dataset.dtype[field].shape
            for index in range(shape[0] if len(shape) == 1 and shape[0] <= WIDEST else 0):
                yield f"{name}[:,{index}]", _Column(path, field, index)
        return
    if prefix or dataset.ndim == 1:
        yield prefix or path.rsplit("/", 1)[-1], _Column(path)
    if dataset.ndim > 1:
        for index in range(dataset.shape[-1] if dataset.shape[-1] <= WIDEST else 0):
            yield names[index] if index < len(names) else f"{prefix}[:,{index}]", _Column(path, None, index)
