"""The arrays of a DeepJetCore file as columns, by djcdata."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from djcdata import TrainData

from registry.contract.data import DataError
from registry.plugins.loaders.description.table import ColumnType, Values

WIDEST = 1000
"""Columns of an array that are named; of a wider one none is."""

SPLITS = "row_splits"


class DjcTable:
    """The rows of a file's ragged arrays."""

    def __init__(self, path: str) -> None:
        self._path, self.name = path, Path(path).name
        arrays = read_arrays(path)
        self._columns: dict[str, tuple[str, int]] = {}
        for name, values in arrays.items():
            width = int(np.prod(values.shape[1:]))
            if width == 1:
                self._columns[name] = (name, 0)
            elif width <= WIDEST:
                self._columns |= {f"{name}[:,{index}]": (name, index) for index in range(width)}
        lengths = {array: len(values) for array, values in arrays.items()}
        self.types = {
            name: ColumnType(arrays[array].dtype, 0, "", lengths[array]) for name, (array, _) in self._columns.items()
        }
        first = next((name for name in arrays if name != SPLITS), None)
        self.rows = 0 if first is None else len(arrays[first])
        self.pieces = np.array([0, self.rows])

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`."""
        arrays = read_arrays(self._path)
        made = {}
        for name in names:
            array, index = self._columns[name]
            made[name] = Values(arrays[array].reshape(len(arrays[array]), -1)[start:stop, index])
        return made

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole array; "row_splits" are those of the first ragged one."""
        found = read_arrays(self._path).get(name)
        return found if found is None or found.size != len(found) else found.reshape(-1)

    def arrays(self) -> Iterable[str]:
        """Return the names of all arrays."""
        return read_arrays(self._path)


@lru_cache(maxsize=2)
def read_arrays(path: str) -> dict[str, np.ndarray]:
    """Return the arrays of a file by name, and the row splits of the first; raises DataError if it is damaged."""
    data = TrainData()
    try:
        about = Path(path).stat()
        _check(path, about.st_size, about.st_mtime_ns)
        data.readFromFile(path)
        lists = {
            "feature": (data.getNumpyFeatureArrayNames(), data.transferFeatureListToNumpy(False)),
            "truth": (data.getNumpyTruthArrayNames(), data.transferTruthListToNumpy(False)),
            "weight": (data.getNumpyWeightArrayNames(), data.transferWeightListToNumpy(False)),
        }
    except Exception as error:  # what the library raises is not documented
        text = (str(error).splitlines() or [type(error).__name__])[0]
        hint = "copy or make it again; a file without a hit cannot be read"
        raise DataError(f"{path!r} is not a file of DeepJetCore: {text}", "file", hint) from error
    made: dict[str, np.ndarray] = {}
    for kind, (names, arrays) in lists.items():
        number, before = 0, None
        for position, values in enumerate(map(np.asarray, arrays)):
            if before is not None and _are_splits(values, len(before)):
                made.setdefault(SPLITS, values.reshape(-1))
                before = None
                continue
            given = str(names[position]) if position < len(names) else ""
            # An array without a name is called by its number.
            name = given if given and not given.isdigit() else f"{kind}{number}"
            made[name] = before = values
            number += 1
    return made


@lru_cache(maxsize=10_000)
def _check(path: str, _size: int, _time: int) -> None:
    """Read a description, which is refused for a file without a row: of that the library reads beyond its memory."""
    TrainData().readMetaDataFromFile(path)


def _are_splits(values: np.ndarray, rows: int) -> bool:
    """Say whether an array holds the row splits of one with so many rows."""
    flat = values.reshape(-1)
    if values.dtype.kind not in "iu" or len(flat) != len(values) or not len(flat):
        return False
    return bool(flat[0] == 0 and flat[-1] == rows and (np.diff(flat) >= 0).all())
