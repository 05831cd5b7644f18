"""Events as flat columns of hits with row splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True, eq=False)
class Events:
    """Columns of hits, events one after the other; neither the columns nor the row splits can be written to.

    `columns`: arrays [hits, width] by name; `row_splits`: int32 [events + 1], where each event starts and the last one
    ends. Raises ValueError if they do not fit.
    """

    columns: Mapping[str, np.ndarray]
    row_splits: np.ndarray

    def __post_init__(self) -> None:
        given = np.asarray(self.row_splits)
        splits = _read_only(given.astype(np.int32))
        if splits.ndim != 1 or not len(splits) or splits[0] != 0 or (np.diff(splits) < 0).any():
            raise ValueError(f"row_splits must start at 0 and never fall: received {self.row_splits!r}")
        if (splits != given).any():
            raise ValueError(f"row_splits must be whole numbers of 32 bits: received {self.row_splits!r}")
        for name, column in self.columns.items():
            if column.ndim != 2 or len(column) != splits[-1]:
                raise ValueError(f"column {name!r}: expected [{splits[-1]}, width] from row_splits, got {column.shape}")
        object.__setattr__(self, "row_splits", splits)
        object.__setattr__(self, "columns", MappingProxyType({k: _read_only(v) for k, v in self.columns.items()}))

    @property
    def sizes(self) -> np.ndarray:
        """Hits per event, int64 [events]."""
        return np.diff(self.row_splits).astype(np.int64)

    @property
    def n_hits(self) -> int:
        """Hits of all events together."""
        return int(self.row_splits[-1])

    def __len__(self) -> int:
        return len(self.row_splits) - 1

    def __iter__(self) -> Iterator[Events]:
        return (self.select(np.array([event])) for event in range(len(self)))

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def select(self, events: np.ndarray) -> Events:
        """Return the given events (positions, int [n]) in the given order."""
        events = np.asarray(events, dtype=np.int64)
        if np.array_equal(events, np.arange(len(self))):
            return self
        sizes = self.sizes[events]
        splits = np.concatenate([[0], np.cumsum(sizes)])
        hits = np.arange(splits[-1]) + np.repeat(self.row_splits[events] - splits[:-1], sizes)
        return Events({name: column[hits] for name, column in self.columns.items()}, splits)

    @staticmethod
    def concatenate(parts: Sequence[Events]) -> Events:
        """Return the events of all parts, one part after the other; raises ValueError if their columns differ."""
        names = list(parts[0].columns)
        for part in parts:
            if list(part.columns) != names:
                raise ValueError(f"cannot join events with columns {names} and {list(part.columns)}")
        sizes = np.concatenate([part.sizes for part in parts])
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in names}
        return Events(columns, np.concatenate([[0], np.cumsum(sizes)]))


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
