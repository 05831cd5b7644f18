"""Events as flat columns of hits with row splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from registry.contract.casting import in_one_type


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
        return Events.gathered([self], np.zeros(len(events), np.int64), events)

    def apart(self) -> Events:
        """Return the same events in memory of their own, so that the larger arrays they are cut from can go."""
        columns = {name: column if column.strides[0] == 0 else column.copy() for name, column in self.columns.items()}
        return Events(columns, self.row_splits)

    @staticmethod
    def gathered(parts: Sequence[Events], which: np.ndarray, events: np.ndarray) -> Events:
        """Return events of several parts in one order: `which` part each is of, and its position there, both int [n].

        Events that lie one after the other are copied together.
        """
        if len(parts) == 1 and np.array_equal(events, np.arange(len(parts[0]))):
            return parts[0]
        first, last = np.zeros((2, len(events)), np.int64)
        for number, part in enumerate(parts):
            own = np.flatnonzero(which == number)
            first[own], last[own] = part.row_splits[events[own]], part.row_splits[events[own] + 1]
        splits = np.concatenate([[0], np.cumsum(last - first)])
        new = np.ones(len(events), bool)
        new[1:] = (which[1:] != which[:-1]) | (first[1:] != last[:-1])
        begin = np.flatnonzero(new)
        end = last[np.append(begin[1:] - 1, len(events) - 1)] if len(events) else begin
        runs = list(zip(which[begin].tolist(), first[begin].tolist(), end.tolist(), strict=True))
        columns = {}
        for name, column in parts[0].columns.items():
            own_columns = [part.columns[name] for part in parts]
            if (one := _one_value(own_columns)) is not None:
                columns[name] = np.broadcast_to(one, (int(splits[-1]), *column.shape[1:]))
                continue
            pieces = [own_columns[number][start:stop] for number, start, stop in runs]
            if len({own.dtype for own in own_columns}) > 1:
                pieces = in_one_type(pieces, name)
            pieces = pieces or [column[:0]]
            columns[name] = np.concatenate(pieces) if len(pieces) != 1 else pieces[0]
        return Events(columns, splits)

    @staticmethod
    def concatenate(parts: Sequence[Events]) -> Events:
        """Return the events of all parts, one part after the other; raises ValueError if their columns differ."""
        names = list(parts[0].columns)
        for part in parts:
            if list(part.columns) != names:
                raise ValueError(f"cannot join events with columns {names} and {list(part.columns)}")
        sizes = np.concatenate([part.sizes for part in parts])
        columns = {name: np.concatenate(in_one_type([part.columns[name] for part in parts], name)) for name in names}
        return Events(columns, np.concatenate([[0], np.cumsum(sizes)]))


def _one_value(columns: Sequence[np.ndarray]) -> np.ndarray | None:
    """Return the one row that columns hold over and over, as NumPy broadcasts it; None for others."""
    filled = [column for column in columns if len(column)]
    if not filled or any(column.strides[0] for column in filled):
        return None
    one = filled[0][:1]
    return one if all(np.array_equal(column[:1], one) for column in filled[1:]) else None


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
