"""Events in an npz file of columns by port of a loader: for loaders that generate events, and read no file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from registry.contract.data import Columns, DataError, Part
from registry.contract.spelling import did_you_mean
from registry.wiring.loaders import ROW_SPLITS

ENDING = ".npz"


class ColumnsFile:
    """All events of a file, in the part "test"; raises DataError for a file that is none, or lacks a column.

    `required`: the columns that are read, [hits, width] or, of width 1, [hits]; "row_splits" [events + 1] among them;
    `optional`: those that are read if they are there.
    """

    def __init__(self, file: str, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        self._file = Path(file)
        try:
            with np.load(file, allow_pickle=False) as arrays:
                missing = [port for port in required if port not in arrays.files]
                if missing:
                    hint = did_you_mean(missing[0], arrays.files) or f"it has: {', '.join(arrays.files)}"
                    raise DataError(f"{file} has no column {missing[0]!r}, which the model's loader has", hint=hint)
                self.ports = (*required, *(port for port in optional if port in arrays.files))
                self._columns = {port: arrays[port] for port in self.ports}
        except FileNotFoundError:
            raise DataError(f"data file {file!r} does not exist") from None
        # What a damaged file raises depends on the damage.
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{file!r} is no npz file that can be read: {error}") from error
        self._splits = np.asarray(self._columns.pop(ROW_SPLITS)).reshape(-1).astype(np.int64)
        if len(self._splits) and (self._splits[0] != 0 or (np.diff(self._splits) < 0).any()):
            raise DataError(f"row_splits of {file} does not start at 0, or falls")
        lengths = {name: len(column) for name, column in self._columns.items()}
        wrong = next((name for name, length in lengths.items() if length != self._splits[-1:].sum()), None)
        if wrong is not None:
            message = (
                f"column {wrong!r} of {file} has {lengths[wrong]} rows, row_splits ends at {self._splits[-1:].sum()}"
            )
            raise DataError(message)

    def sizes(self, part: Part) -> np.ndarray:
        """Return the number of hits of every event, int64 [events]."""
        return np.diff(self._splits) if part == "test" else np.zeros(0, np.int64)

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        """Return the columns of the given events."""
        sizes = np.diff(self._splits)[events]
        splits = np.concatenate([[0], np.cumsum(sizes)])
        rows = np.arange(splits[-1]) + np.repeat(self._splits[:-1][events] - splits[:-1], sizes)
        chosen = {name: column[rows] for name, column in self._columns.items()}
        wide = {name: column[:, None] if column.ndim == 1 else column for name, column in chosen.items()}
        return {**wide, ROW_SPLITS: splits}

    def describe(self, part: Part, event: int) -> str:
        """Return "new.npz event 12", counted from 0."""
        return f"{self._file.name} event {event}"

    def fingerprint(self) -> str:
        """Return a hash of the file's contents."""
        with self._file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
