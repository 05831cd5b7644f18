"""Arrays on a disk, of which only the rows asked for are read: members of npz files, and npy files."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np

AT_ONCE = 2**20
"""Bytes that are copied, or checked, at once."""

KEPT_OPEN = 64
"""Files, and arrays that were unpacked, that stay open while nobody reads them."""


@dataclass(frozen=True, eq=False)
class StoredArray:
    """An array whose rows lie one after the other in an open file, from a place on.

    Rows are read, not mapped: a map of the file would count as memory of the process where that is limited.
    `in_columns`: a matrix lies column by column, as pandas hands it out.
    """

    file: IO[bytes]
    place: int
    shape: tuple[int, ...]
    dtype: np.dtype
    in_columns: bool = False

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return rows from `start` to before `stop`, read-only; raises ValueError for a file that ends before."""
        start, stop = min(start, self.shape[0]), min(stop, self.shape[0])
        if self.in_columns:
            size, count = self.dtype.itemsize, max(0, stop - start)
            places = (self.place + (column * self.shape[0] + start) * size for column in range(self.shape[1]))
            return np.stack([np.frombuffer(self._bytes(place, count * size), self.dtype) for place in places], axis=1)
        width = int(np.prod(self.shape[1:])) * self.dtype.itemsize
        found = self._bytes(self.place + start * width, max(0, stop - start) * width)
        return np.frombuffer(found, self.dtype).reshape(-1, *self.shape[1:])

    def _bytes(self, place: int, wanted: int) -> bytes:
        """Return bytes of the file; raises ValueError if it ends before."""
        parts = []
        while wanted:
            # At another thread's side: the position of the file is not moved.
            part = os.pread(self.file.fileno(), min(wanted, 2**30), place)
            if not part:
                raise ValueError("it ends before its last row")
            parts.append(part)
            place, wanted = place + len(part), wanted - len(part)
        return b"".join(parts)


class _Archive:
    """A local npz file that is open, and those of its arrays that lie in it as they are and were looked at."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.file = open(path, "rb")  # noqa: SIM115  (it is open as long as its arrays are used)
        with zipfile.ZipFile(path) as archive:
            self.compressed = {info.filename: info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()}
        self._arrays: dict[str, StoredArray] = {}

    def array(self, name: str) -> StoredArray:
        """Return an array, whose checksum is looked at when it is asked for the first time."""
        if name not in self._arrays:
            with zipfile.ZipFile(self.path) as archive, archive.open(f"{name}.npy") as stream:
                start = archive.getinfo(f"{name}.npy").header_offset
                while stream.read(AT_ONCE):  # the end of it holds the checksum against what was read
                    pass
            with open(self.path, "rb") as header:
                header.seek(start + 26)
                lengths = np.frombuffer(header.read(4), "<u2")
                header.seek(start + 30 + int(lengths.sum()))
                self._arrays[name] = replace(_array(header), file=self.file)
        return self._arrays[name]


def member(path: str, name: str) -> StoredArray:
    """Return an array of a local npz file, whose checksum is looked at once.

    One that is compressed is unpacked into a temporary file. Raises what zipfile, zlib and NumPy do of damaged files.
    """
    about = Path(path).stat()
    archive = _archive(path, about.st_size, about.st_mtime_ns)
    if archive.compressed[f"{name}.npy"]:
        return _unpacked(path, name, about.st_size, about.st_mtime_ns)
    return archive.array(name)


@lru_cache(maxsize=KEPT_OPEN)
def _archive(path: str, _size: int, _time: int) -> _Archive:
    return _Archive(path)


@lru_cache(maxsize=KEPT_OPEN)
def _unpacked(path: str, name: str, _size: int, _time: int) -> StoredArray:
    unpacked: Any = tempfile.TemporaryFile()  # noqa: SIM115  (it is open as long as the array is used)
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as stream:
        shutil.copyfileobj(stream, unpacked, AT_ONCE)
    unpacked.seek(0)
    return _array(unpacked)


def npy(path: str) -> StoredArray:
    """Return the array of a local npy file; raises ValueError for one that is damaged."""
    found = _array(open(path, "rb"))  # noqa: SIM115
    wanted = found.place + int(np.prod(found.shape)) * found.dtype.itemsize
    if os.fstat(found.file.fileno()).st_size < wanted:
        raise ValueError("it ends before its last row")
    return found


def _array(file: IO[bytes]) -> StoredArray:
    """Return the array whose header starts where an open file is."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, in_columns, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it holds objects of Python")
    in_columns = in_columns and len(shape) > 1 and max(shape[1:]) > 1
    if in_columns and len(shape) > 2:
        raise ValueError("it lies column by column: write it by numpy.ascontiguousarray")
    return StoredArray(file, file.tell(), shape if shape else (1,), dtype, in_columns)
