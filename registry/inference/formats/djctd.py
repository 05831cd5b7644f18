"""DeepJetCore's training data: a ragged array for each column of hits, of 32 bits, as HGCalML reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from registry.contract.casting import NUMBERS, cast
from registry.contract.data import DataError
from registry.contract.errors import InputError, Problem
from registry.inference.event_table import EventTable
from registry.inference.needing import require

READ_BY = "deepjetcore"
"""The loader of events that are written so."""

PLACES: dict[str, str] = {"row_splits": "row_splits"}
"""The parameters by which it finds them."""

EVENT_COLUMN = "events/{}"
"""What it calls a column of events."""

TEXTS = False
"""It holds numbers alone."""

SMALL = {"f": "float32", "i": "int32", "u": "int32", "b": "int32"}
"""The type that the format has, by the kind of a column."""


def check() -> None:
    """Raise InputError without the package djcdata."""
    require("djcdata", "djc")


def write_events(file: Path, table: EventTable) -> None:
    """Write the columns of hits with their row splits, and those of events as arrays; all lie in memory.

    Raises InputError for a column whose values 32 bits do not hold.
    """
    from djcdata import SimpleArray, TrainData

    splits = table.row_splits
    if not table.n_hits:
        raise InputError([Problem(f"{file.name}: .djctd files without a hit cannot be read again")])
    arrays = [
        SimpleArray(_small(name, np.concatenate([np.zeros(0, dtype), *table.column(name)])), splits, name=name)
        for name, dtype in table.hits.items()
    ]
    arrays += [
        SimpleArray(_small(name, table.of_events(name)), name=EVENT_COLUMN.format(name)) for name in table.events
    ]
    data = TrainData()
    data._store(arrays, [], [])
    data.writeToFile(str(file))


def _small(name: str, values: np.ndarray) -> np.ndarray:
    """Return a column in the type that the format has, [rows, 1]."""
    if values.dtype.kind not in NUMBERS:
        raise InputError(
            [Problem(f"column {name!r} holds texts, which .djctd does not", hint="leave it out: --columns")]
        )
    try:
        made = cast(values, SMALL[values.dtype.kind], name)
    except DataError as error:
        hint = "leave it out (--columns), or choose another format: .djctd holds numbers of 32 bits"
        raise InputError([Problem(error.message, hint=hint)]) from error
    if values.dtype.kind == "f" and (made.astype(values.dtype) != values)[~np.isnan(values)].any():
        hint = "leave it out (--columns), or choose another format"
        raise InputError([Problem(f"column {name!r} has more digits than .djctd holds, 32 bits", hint=hint)])
    return np.ascontiguousarray(made[:, np.newaxis])
