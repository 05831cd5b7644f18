"""Which columns datasets of an HDF5 file hold, and their values out of the rows that are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.remote import opened
from registry.plugins.loaders.hdf5.records import fields_of, of_records, read_records

WIDEST = 1000
"""Columns of a matrix, or values of a field, that are named one by one; of a wider one none is."""


@dataclass(frozen=True)
class Column:
    """Where a column is: a dataset, with a field of its compound type or a column of its matrix."""

    dataset: str
    field: str | None = None
    index: int | None = None


def open_file(path: str) -> Any:
    """Return an open HDF5 file; raises DataError for what is none."""
    with suppress(ImportError):
        import hdf5plugin  # noqa: F401  (registers further filters where it is installed)
    try:
        return h5py.File(opened(path), "r")
    except OSError as error:
        raise DataError(f"{path!r} is not an HDF5 file: {error}", "file", "copy it again if it was cut off") from error


def rows_of(dataset: Any, start: int, stop: int, called: str, file: str) -> Any:
    """Return rows of a dataset; raises DataError, with what it is called and its file, where they cannot be read."""
    try:
        return read_records(dataset, start, stop) if fields_of(dataset.dtype) else dataset[start:stop]
    except (OSError, ValueError) as error:
        if "filter" in str(error):
            message = f"dataset {called!r} of {file} is compressed by a filter that is not installed: {error}"
            raise DataError(message, "file", "pip install hdf5plugin") from error
        message = f"dataset {called!r} of {file} is damaged: {error}"
        raise DataError(message, "file", "make or copy it again") from error


def picked(column: Column, rows: Any) -> np.ndarray:
    """Return the values of a column in rows of its dataset."""
    if column.field is not None:
        rows = of_records(rows, column.field) if rows.dtype == object else rows[column.field]
    return _texts(np.asarray(rows if column.index is None else rows[..., column.index]))


def _texts(values: np.ndarray) -> np.ndarray:
    """Return texts as such, which HDF5 hands over as bytes; other values as they are."""
    if values.dtype.kind != "S" and not (
        values.dtype == object and any(isinstance(item, bytes) for item in values.flat)
    ):
        return values
    texts = [item.decode(errors="replace") for item in values.reshape(-1).tolist()]
    return np.array(texts, dtype=object).reshape(values.shape)


def columns_of(item: Any, path: str, names: Sequence[str]) -> Iterator[tuple[str, Column]]:
    """Yield the columns of a dataset, or of all datasets in a group, by their names below it."""
    if isinstance(item, h5py.Dataset):
        yield from _of_dataset(item, path, "", names)
        return
    found: list[tuple[str, Any]] = []
    item.visititems(lambda name, each: found.append((name, each)) if isinstance(each, h5py.Dataset) else None)
    for name, each in found:
        yield from _of_dataset(each, f"{path}/{name}" if path else name, name, ())


def _of_dataset(dataset: Any, path: str, prefix: str, names: Sequence[str]) -> Iterator[tuple[str, Column]]:
    if not dataset.shape:
        return
    if fields := fields_of(dataset.dtype):
        yield from ((f"{prefix}.{field}" if prefix else field, Column(path, field)) for field in fields)
        return
    if dataset.dtype.names:
        for field in dataset.dtype.names:
            name = f"{prefix}.{field}" if prefix else field
            yield name, Column(path, field)
            shape = dataset.dtype[field].shape
            for index in range(shape[0] if len(shape) == 1 and shape[0] <= WIDEST else 0):
                yield f"{name}[:,{index}]", Column(path, field, index)
        return
    if prefix or dataset.ndim == 1:
        yield prefix or path.rsplit("/", 1)[-1], Column(path)
    if dataset.ndim > 1:
        for index in range(dataset.shape[-1] if dataset.shape[-1] <= WIDEST else 0):
            yield names[index] if index < len(names) else f"{prefix}[:,{index}]", Column(path, None, index)
