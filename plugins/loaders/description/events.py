"""Where the events of a file are: which rows belong to which event, and what each event is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from registry.contract.casting import cast
from registry.contract.data import DataError
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.table import Table
from registry.plugins.loaders.identifiers import whole_ids

ROWS_AT_ONCE = 200_000
"""Rows of a flat table that are read together, if events are not larger."""

EVENTS = "events/"
"""Arrays beside a table of hits whose names begin with it have one value for each event, in their order."""

MOST_HITS = 2**31 - 1
"""Row splits are int32."""


@dataclass(frozen=True, eq=False)
class EventIndex:
    """The events of a file: run r is the rows `start[r]` to `stop[r]` of event `event[r]`, sorted by event, then row.

    `keys`: what the file calls each event, None where they are counted from 0; `lists`: each row is an event.
    """

    n_events: int
    start: np.ndarray
    stop: np.ndarray
    event: np.ndarray
    keys: Sequence[object] | None = None
    lists: bool = False

    def label(self, event: int) -> str:
        """Return what the file calls an event."""
        if self.keys is None:
            return str(event)
        key = self.keys[event]
        return ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)

    def rows(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of the events `first` to before `last`, and where each event starts in them, both int64."""
        return self.rows_of(np.arange(first, last))

    def rows_of(self, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of some events, int [n], and where each starts in them, both int64; -1 has no row."""
        first, last = (np.searchsorted(self.event, events, side) for side in ("left", "right"))
        runs = ranges(first, last)
        start, stop = self.start[runs], self.stop[runs]
        before = np.concatenate([[0], np.cumsum(stop - start)]).astype(np.int64)
        return ranges(start, stop), before[np.concatenate([[0], np.cumsum(last - first)])]

    def span(self, first: int, last: int) -> tuple[int, np.ndarray] | None:
        """Return the first row of the events `first` to before `last` and where each starts behind it, as `rows`.

        None unless the rows of these events lie one behind the other, in their order.
        """
        runs = slice(*np.searchsorted(self.event, [first, last]))
        start, stop, event = self.start[runs], self.stop[runs], self.event[runs]
        if not len(start) or len(start) != last - first or (start[1:] != stop[:-1]).any():
            return None
        if (event[1:] == event[:-1]).any():
            return None
        return int(start[0]), np.append(start - start[0], stop[-1] - start[0]).astype(np.int64)

    def n_rows(self, first: int, last: int) -> int:
        """Return the number of rows of the events `first` to before `last`."""
        runs = slice(*np.searchsorted(self.event, [first, last]))
        return int((self.stop[runs] - self.start[runs]).sum())

    def cuts(self, pieces: np.ndarray) -> list[int]:
        """Return the events at which to cut, so that each part is read at once: 0, ..., the number of events."""
        if self.lists:
            return [0, *(int(row) for row in pieces[1:-1] if 0 < row < self.n_events), self.n_events]
        sizes = np.bincount(self.event, weights=self.stop - self.start, minlength=self.n_events)
        last = np.zeros(self.n_events, np.int64)
        np.maximum.at(last, self.event, self.stop)
        first = np.full(self.n_events, np.iinfo(np.int64).max)
        np.minimum.at(first, self.event, self.start)
        # An event may not be cut from one whose rows lie among its own.
        free = np.minimum.accumulate(first[::-1])[::-1][1:] >= np.maximum.accumulate(last)[:-1]
        cuts, filled = [0], 0.0
        for event in range(1, self.n_events):
            filled += sizes[event - 1]
            if free[event - 1] and filled + sizes[event] > ROWS_AT_ONCE:
                cuts.append(event)
                filled = 0.0
        return [*cuts, self.n_events]


def ranges(start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return the numbers from each start to before its stop, one range behind the other, int64."""
    lengths = stop - start
    before = np.cumsum(lengths) - lengths
    return np.repeat(start - before, lengths) + np.arange(int(lengths.sum()))


def index_events(table: Table, params: TableParams, lists: bool, offsets: Table | None = None) -> EventIndex:
    """Return where the events of a table are; raises DataError if what is declared does not fit the data.

    `offsets`: what the arrays of offsets lie in, if it is another file.
    """
    beside = table if offsets is None else offsets
    if params.event.id is not None and not lists:
        return by_id(table, [params.event.id] if isinstance(params.event.id, str) else params.event.id)
    if params.splits is not None:
        splits = checked_row_splits(_array(beside, params.splits, "row_splits"), table.rows)
        return _contiguous(splits[:-1], splits[1:])
    if params.event.has_offsets:
        return _by_offsets(table, params, beside)
    if not lists:
        return _contiguous(np.zeros(1, np.int64), np.full(1, table.rows))
    rows = np.arange(table.rows)
    keys = None
    if params.event.id is not None:
        names = [params.event.id] if isinstance(params.event.id, str) else params.event.id
        columns = [_ids(table, name, 0, table.rows, "event.id").tolist() for name in names]
        keys = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
    return EventIndex(table.rows, rows, rows + 1, rows, keys, lists=True)


def _contiguous(start: np.ndarray, stop: np.ndarray) -> EventIndex:
    return EventIndex(len(start), start, stop, np.arange(len(start)))


def _array(table: Table, name: str, parameter: str) -> np.ndarray:
    found = table.array(name)
    if found is None:
        raise DataError(f"{table.name} has no array {name!r}", parameter, "it has: " + ", ".join(table.arrays()))
    return found.reshape(-1)


def _by_offsets(table: Table, params: TableParams, beside: Table) -> EventIndex:
    options = params.event

    def whole(name: str, path: str) -> np.ndarray:
        return cast(_array(beside, name, path), "int64", name, path, "position {}".format)

    length = None if options.length is None else whole(options.length, "event.length")
    if options.start is not None:
        start = whole(options.start, "event.start")
    else:
        assert length is not None
        start = np.cumsum(length) - length
    if length is not None:
        stop = start + length
    elif options.stop is not None:
        stop = whole(options.stop, "event.stop")
    else:
        stop = np.append(start[1:], table.rows)
    wrong = np.flatnonzero((start < 0) | (stop < start) | (stop > table.rows))
    if len(wrong):
        event = int(wrong[0])
        message = f"event {event} of {table.name} is rows {start[event]} to {stop[event]}: the table has {table.rows}"
        raise DataError(message, "event.start", "were the offsets made for another table?")
    order = np.argsort(start, kind="stable")
    covered = int((stop - start).sum())
    if (stop[order][:-1] > start[order][1:]).any() or covered != table.rows:
        message = f"the events of {table.name} cover {covered} of its {table.rows} rows, or some of them twice"
        raise DataError(
            message, "event.start", "every row belongs to one event; were the offsets made for another table?"
        )
    return _contiguous(start, stop)


def checked_row_splits(splits: np.ndarray, rows: int) -> np.ndarray:
    """Return row splits as int64; raise DataError unless they start at 0, never fall, and end at the number of rows.

    Splits that are padded with zeros up to a last element that says how many are valid lose the padding.
    """
    splits = cast(splits, "int64", "row_splits", "row_splits", "position {}".format)
    if not len(splits):
        raise DataError("row_splits is empty", "row_splits", "without events it is [0]")
    valid = int(splits[-1])
    if 1 < valid < len(splits) and not splits[valid:-1].any() and splits[valid - 1] == rows and rows != valid:
        splits = splits[:valid]
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
    return splits


def by_id(table: Table, names: Sequence[str], parameter: str = "event.id") -> EventIndex:
    """Return the events of a flat table whose rows say which event they belong to; numbered as they first appear."""
    starts: list[np.ndarray] = []
    keys: list[tuple[object, ...]] = []
    last: tuple[object, ...] | None = None
    for begin, end in zip(table.pieces[:-1], table.pieces[1:], strict=True):
        columns = [_ids(table, name, int(begin), int(end), parameter) for name in names]
        changes = np.ones(int(end - begin), dtype=bool)
        if end > begin:
            changes[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
            changes[0] = last is None or tuple(column[0] for column in columns) != last
            last = tuple(column[-1] for column in columns)
        found = np.flatnonzero(changes)
        starts.append(found + int(begin))
        keys += zip(*(column[found].tolist() for column in columns), strict=True)
    start = np.concatenate([np.zeros(0, np.int64), *starts]).astype(np.int64)
    number: dict[tuple[object, ...], int] = {}
    event = np.fromiter((number.setdefault(key, len(number)) for key in keys), np.int64, len(keys))
    stop = np.append(start[1:], table.rows) if len(start) else start
    order = np.argsort(event, kind="stable")
    plain = [key[0] if len(key) == 1 else key for key in number]
    return EventIndex(len(number), start[order], stop[order], event[order], plain)


def _ids(table: Table, name: str, begin: int, end: int, parameter: str) -> np.ndarray:
    found = table.read([name], begin, end)[name]
    if found.missing is not None and found.missing.any():
        row = begin + int(np.flatnonzero(found.missing)[0])
        raise DataError(f"column {name!r} is null in row {row} of {table.name}", parameter, "every hit needs its event")
    return whole_ids(found.values, name, parameter, lambda row: f"row {begin + row} of {table.name}")
