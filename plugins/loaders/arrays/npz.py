"""Reads columns of npz files, and of npy files as matrices; what they hold is known from their headers alone."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.arrays.stored import member, npy
from registry.plugins.loaders.description.remote import file_name, is_remote, opened
from registry.plugins.loaders.description.table import ColumnType, Table, Values

ROWS_AT_ONCE = 200_000

WIDEST = 1000
"""Columns of a matrix that are named one by one; of a wider one none is."""

PICKLED = (
    "its objects are pickled, and reading them may run code: write the hits of all events one behind the other, as "
    "numpy.concatenate makes them, and where each event starts as `row_splits`"
)
"""Why an array of objects is not read."""

_DAMAGE = (ValueError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged array raises."""


@dataclass(frozen=True)
class Header:
    """Shape and dtype of an array in a file."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def is_column(self) -> bool:
        """Whether it is flat, [hits] or [hits, 1]."""
        return len(self.shape) == 1 or (len(self.shape) == 2 and self.shape[1] == 1)

    @property
    def width(self) -> int:
        """Columns of a matrix of numbers; 0 of anything else."""
        return self.shape[1] if len(self.shape) == 2 and not self.dtype.names else 0


def read_headers(path: str) -> dict[str, Header]:
    """Return shape and dtype of every array in an npz file; no array is read. Raises DataError if it is not one."""
    try:
        with zipfile.ZipFile(opened(path)) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            return {name.removesuffix(".npy"): _read_header(archive, path, name) for name in names}
    except zipfile.BadZipFile:
        hint = "write it with numpy.savez, or copy it again if it was cut off"
        raise DataError(f"{path!r} is not an npz file", "file", hint) from None
    except OSError as error:
        raise DataError(f"data file {path!r} cannot be read: {error.strerror}", "file") from error


def _read_header(archive: zipfile.ZipFile, path: str, name: str) -> Header:
    try:
        with archive.open(name) as stream:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(stream)
            return Header(shape, dtype)
    except _DAMAGE as error:
        raise damaged(path, error) from error


def damaged(path: str, error: Exception) -> DataError:
    """Return the error for a file whose contents do not fit its table of contents."""
    return DataError(f"data file {path!r} is damaged: {error}", "file", "make or copy it again")


def read_arrays(path: str, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Return the named arrays as they are. Raises DataError if the file's contents are damaged."""
    try:
        with np.load(opened(path), allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except (OSError, *_DAMAGE) as error:
        raise damaged(path, error) from error


def open_arrays(path: str, features: Iterable[str]) -> Table:
    """Return the columns of an npz or npy file; raises DataError if it is neither.

    `features`: names of columns; the first that there is says how many hits there are.
    """
    return MatrixTable(path) if path.endswith(".npy") else ArrayTable(path, features)


class ArrayTable:
    """The flat arrays of an npz file and the columns of its matrices; from a server an array is read as a whole."""

    def __init__(self, path: str, features: Iterable[str]) -> None:
        self._path, self.name = path, file_name(path)
        headers = read_headers(path)
        self._fields = {
            f"{name}.{field}": (name, field) for name in headers for field in headers[name].dtype.names or ()
        }
        self.types = {name: _type(header) for name, header in headers.items()}
        for name, (array, field) in self._fields.items():
            self.types[name] = _type(Header(headers[array].shape, headers[array].dtype[field]))
        matrices = {name: header for name, header in headers.items() if 1 < header.width <= WIDEST}
        self._parts = {
            f"{name}[:,{index}]": (name, index) for name in matrices for index in range(matrices[name].width)
        }
        for name, (array, _) in self._parts.items():
            self.types[name] = ColumnType(headers[array].dtype, 0, "", headers[array].shape[0])
        # Arrays of other lengths, such as row splits, lie beside the columns.
        self.rows = next((self.types[name].rows or 0 for name in features if name in self.types), 0)
        self.pieces = np.append(np.arange(0, self.rows, ROWS_AT_ONCE), self.rows)
        self._read: dict[str, np.ndarray] = {}

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        wanted = list(names)
        arrays = dict.fromkeys(self._array_of(name) for name in wanted)
        read = {array: self._rows(array, start, stop) for array in arrays}
        return {name: Values(self._column(name, read[self._array_of(name)])) for name in wanted}

    def _array_of(self, name: str) -> str:
        return (self._fields.get(name) or self._parts.get(name) or (name,))[0]

    def _column(self, name: str, rows: np.ndarray) -> np.ndarray:
        if name in self._parts:
            return rows[:, self._parts[name][1]]
        flat = rows.reshape(-1)
        return flat[self._fields[name][1]] if name in self._fields else flat

    def _rows(self, array: str, start: int, stop: int) -> np.ndarray:
        if is_remote(self._path):
            if array not in self._read:
                self._read |= read_arrays(self._path, [array])
            return self._read[array][start:stop]
        try:
            return member(self._path, array).rows(start, stop)
        except (OSError, *_DAMAGE) as error:
            raise damaged(self._path, error) from error

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole array."""
        if name not in self.types:
            return None
        return self._column(name, self._rows(self._array_of(name), 0, self.types[name].rows or 0))

    def arrays(self) -> Iterable[str]:
        """Return the names of all arrays."""
        return self.types


def _type(header: Header) -> ColumnType:
    columns = f": its columns are [:,0] to [:,{header.width - 1}]" if 1 < header.width <= WIDEST else ""
    if header.dtype.hasobject:
        return ColumnType(header.dtype, 0, PICKLED, header.shape[0] if header.shape else 0)
    fault = "" if header.is_column else f"expected a flat array, received shape {list(header.shape)}{columns}"
    return ColumnType(header.dtype, 0, fault, header.shape[0] if header.shape else 0)


class MatrixTable:
    """The matrix [hits, columns] of an npy file; row splits are another npy file beside it."""

    one_event = True

    def __init__(self, path: str) -> None:
        self._path, self.name = Path(path), Path(path).name
        self._rows, shape, dtype = _opened(path)
        self._width = int(np.prod(shape[1:]))
        self.rows = shape[0]
        self.types = {f"[:,{column}]": ColumnType(dtype) for column in range(self._width)}
        if dtype.names and self._width == 1:
            self.types = {name: ColumnType(dtype[name]) for name in dtype.names}
        self.pieces = np.append(np.arange(0, self.rows, ROWS_AT_ONCE), self.rows)

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        rows = self._rows(start, stop).reshape(-1, self._width)
        if rows.dtype.names and self._width == 1:
            return {name: Values(np.array(rows[name][:, 0])) for name in names}
        return {name: Values(np.array(rows[:, int(name[3:-1])])) for name in names}

    def array(self, name: str) -> np.ndarray | None:
        """Return another npy file of the same folder."""
        file = self._path.parent / name
        if not file.is_file():
            return None
        rows, shape, _ = _opened(str(file))
        return rows(0, shape[0])

    def arrays(self) -> Iterable[str]:
        """Return the names of the npy files beside this one."""
        return sorted(file.name for file in self._path.parent.glob("*.npy"))


def _opened(path: str) -> tuple[Callable[[int, int], np.ndarray], tuple[int, ...], np.dtype]:
    """Return what reads rows of an npy file, and its shape and dtype; one on a server is read as a whole."""
    try:
        if is_remote(path):
            whole: np.ndarray = np.atleast_1d(np.load(opened(path), allow_pickle=False))
            return lambda start, stop: whole[start:stop], whole.shape, whole.dtype
        found = npy(path)
        return found.rows, found.shape, found.dtype
    except (OSError, *_DAMAGE) as error:
        raise damaged(path, error) from error
