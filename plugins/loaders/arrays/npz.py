"""Reads columns of an npz file; says what is wrong with it, from its headers alone where that is enough."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from registry.console.files import irregular
from registry.contract.block import Complaint
from registry.contract.casting import NUMBERS, WHOLE, cast, place
from registry.contract.data import DataError
from registry.contract.errors import did_you_mean

MOST_HITS = 2**31 - 1
"""Row splits are int32."""

AS_WHOLE = "write it as int64: floats of 64 bits hold whole numbers up to 2^53, those of 32 bits up to 2^24"

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


def read_headers(path: str, published: str = "") -> dict[str, Header]:
    """Return shape and dtype of every array in an npz file; no array is read. Raises DataError if it is not one.

    `published`: where a file that is missing can be had.
    """
    file = Path(path)
    if not file.exists():
        searched = (
            f"searched relative to the file that names it, then to {Path.cwd()}" if not file.is_absolute() else ""
        )
        hint = "\n".join(text for text in (published, searched) if text)
        raise DataError(f"data file {path!r} does not exist", "file", hint)
    if file.is_dir():
        raise DataError(f"{path!r} is a folder", "file", _npz_files_in(file))
    if kind := irregular(file):
        raise DataError(f"{path!r} is {kind}, expected a file: it is read more than once", "file")
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            return {name.removesuffix(".npy"): _read_header(archive, path, name) for name in names}
    except zipfile.BadZipFile:
        hint = "write it with numpy.savez, or copy it again if it was cut off"
        raise DataError(f"{path!r} is not an npz file", "file", hint) from None
    except OSError as error:
        raise DataError(f"data file {path!r} cannot be read: {error.strerror}", "file") from error


def _npz_files_in(folder: Path) -> str:
    found = sorted(file.name for file in folder.glob("*.npz"))[:5]
    return f"npz files in it: {', '.join(found)}" if found else "name a file"


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


def complaints(
    headers: dict[str, Header], row_splits: str, columns: Iterable[tuple[str, str]], whole: Iterable[str]
) -> Iterator[Complaint]:
    """Yield what the headers show to be wrong: arrays that are missing, of a wrong shape or dtype, of unequal lengths.

    `columns`: the columns to be used, each with the path of the parameter that names it; `whole`: paths of those that
    must hold whole numbers.
    """
    usable: list[str] = []
    found = set()
    for parameter, name in [("row_splits", row_splits), *columns]:
        found.add(name)
        if name not in headers:
            hint = did_you_mean(name, headers) or "it has: " + ", ".join(headers)
            what = "array" if parameter == "row_splits" else "column"
            yield Complaint(f"the data file has no {what} {name!r}", parameter, hint)
            continue
        fault = _fault(headers[name], parameter == "row_splits" or parameter in set(whole))
        if fault:
            floats = headers[name].dtype.kind == "f" and "whole" in fault
            yield Complaint(f"array {name!r}: {fault}", parameter, AS_WHOLE if floats else "")
        elif parameter != "row_splits" and name not in usable:
            usable.append(name)
            first = usable[0]
            if headers[name].shape[0] != headers[first].shape[0]:
                lengths = f"{name!r} has {headers[name].shape[0]} rows, {first!r} has {headers[first].shape[0]}"
                yield Complaint(f"columns differ in length: {lengths}", parameter, "every column has one value per hit")


def _fault(header: Header, whole: bool) -> str:
    if header.dtype.kind not in NUMBERS:
        return f"expected numbers, received dtype {header.dtype}"
    if whole and header.dtype.kind not in WHOLE:
        return f"expected whole numbers, received dtype {header.dtype}"
    if not header.is_column:
        return f"expected a flat array, received shape {list(header.shape)}"
    return ""


def read_arrays(path: str, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Return the named arrays, each flat. Raises DataError if the file's contents are damaged."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name].reshape(-1) for name in names}
    except (OSError, *_DAMAGE) as error:
        raise damaged(path, error) from error


def checked_row_splits(splits: np.ndarray, rows: int) -> np.ndarray:
    """Return row splits as int64; raise DataError unless they start at 0, never fall, and end at the number of rows."""
    splits = cast(splits, "int64", "row_splits", "row_splits", "position {}".format)
    if not len(splits):
        raise DataError("row_splits is empty", "row_splits", "without events it is [0]")
    if splits[0] != 0:
        raise DataError(f"row_splits starts at {splits[0]}, not at 0", "row_splits", "the first event starts at row 0")
    falls = np.flatnonzero(splits[1:] < splits[:-1])
    if len(falls):
        event = int(falls[0])
        message = f"row_splits falls from {splits[event]} to {splits[event + 1]} at event {event}"
        raise DataError(message, "row_splits", "an event cannot end before it starts")
    if splits[-1] != rows:
        hint = "it must end at the number of hits; was it made for another file?"
        raise DataError(f"row_splits ends at {splits[-1]}, the columns have {rows} rows", "row_splits", hint)
    if rows > MOST_HITS:
        raise DataError(f"the file has {rows} hits, more than int32 counts ({MOST_HITS})", "file", "split the file")
    return splits


def check_finite(values: np.ndarray, name: str, parameter: str, splits: np.ndarray) -> None:
    """Raise DataError for the first value of a column that is nan or infinite, with its row and event."""
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        count = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
        message = f"column {name!r} is {values[bad[0]]} in {place(int(bad[0]), splits)}{count}"
        raise DataError(message, parameter, "replace such values, or remove the hits, when the file is written")
