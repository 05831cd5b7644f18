"""Some events of a file as columns of hits and columns of objects, each by name or expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from registry.contract.casting import NUMBERS, cast
from registry.contract.data import DataError
from registry.plugins.loaders.description.events import EVENTS, EventIndex
from registry.plugins.loaders.description.table import Table, Values, native
from registry.plugins.shared.expression_grammar import MISSING, WholeNumberError
from registry.plugins.shared.expressions import Expression


@dataclass(frozen=True, eq=False)
class ObjectRows:
    """Objects of some events: their columns, and where each event's objects start, int64 [events + 1]."""

    columns: Mapping[str, Values]
    splits: np.ndarray


class Frame:
    """The events `first` to before `last` of a table.

    `names`: the columns of hits that are read; `fill`: by column, the number that stands for null and nan.
    """

    def __init__(
        self,
        table: Table,
        index: EventIndex,
        first: int,
        last: int,
        names: Iterable[str],
        fill: Mapping[str, float] | None = None,
    ) -> None:
        self.table, self.index, self.first, self.last = table, index, first, last
        self._fill = fill or {}
        if index.lists:
            self._read = table.read(names, first, last)
            self._row_splits = np.zeros(1, np.int64)
            return
        span = index.span(first, last)
        # Rows that lie as they are wanted need not be put into another order.
        self._in_order = span is not None
        if span is not None:
            self._offset, self._row_splits = span
            beyond = self._offset + int(self._row_splits[-1])
        else:
            _, self._row_splits = index.rows(first, last)
            self._offset = int(self._rows.min()) if len(self._rows) else 0
            beyond = int(self._rows.max()) + 1 if len(self._rows) else 0
        self._read = table.read(names, self._offset, beyond)

    @cached_property
    def _rows(self) -> np.ndarray:
        """The rows of the hits of a flat table, int64 [hits]."""
        return self.index.rows(self.first, self.last)[0]

    @cached_property
    def splits(self) -> np.ndarray:
        """Where the hits of each event start, and the last one's end, int64 [events + 1]."""
        if not self.index.lists:
            return self._row_splits
        return next(iter(self._lists.values()))

    @cached_property
    def _lists(self) -> dict[str, np.ndarray]:
        """The splits of every column that is a list of hits; raises DataError if they differ."""
        found = {name: values.splits[0] for name, values in self._read.items() if values.splits}
        names = list(found)
        for name in names[1:]:
            if not np.array_equal(found[name], found[names[0]]):
                differ = np.flatnonzero(np.diff(found[name]) != np.diff(found[names[0]]))
                event = int(differ[0])
                lengths = [int(np.diff(found[column])[event]) for column in (names[0], name)]
                message = (
                    f"event {self.index.label(self.first + event)} of {self.table.name}: {names[0]!r} has "
                    f"{lengths[0]} values, {name!r} has {lengths[1]}"
                )
                hint = f"columns of hits have one value each; a column of objects is named `object.{name}`"
                raise DataError(message, "columns", hint)
        return found

    @property
    def n_hits(self) -> int:
        """Hits of all events together."""
        return int(self.splits[-1])

    def values(self, name: str) -> Values:
        """Return a column as it was read, rows in the order of the events."""
        found = self._read[name]
        if self.index.lists or self._in_order:
            return found
        rows = self._rows - self._offset
        if found.splits:
            return take_lists(found, rows)
        missing = None if found.missing is None else found.missing[rows]
        return Values(found.values[rows], (), missing)

    def column(self, name: str) -> np.ndarray:
        """Return a column of hits, [hits]; floats that are null are nan, whole numbers that are null are an error.

        `missing(NAME)` is 1 where the column NAME is null or nan, 0 elsewhere.
        """
        if name.startswith(f"{MISSING}(") and name not in self._read:
            return self._mask(name.removeprefix(f"{MISSING}(").removesuffix(")"))
        values, missing = self.masked(name)
        return self.filled(values, missing, name)

    def fills(self, name: str) -> bool:
        """Say whether a number stands for what is null in a column."""
        return name in self._fill

    def filled(self, values: np.ndarray, missing: np.ndarray | None, name: str) -> np.ndarray:
        """Return values of the hits, [hits], without those that are null; `name`: what `missing` calls the column."""
        if name in self._fill:
            return self._filled(values, missing, name)
        if missing is None or not missing.any():
            return values
        if values.dtype.kind == "f":
            return np.where(missing, np.nan, values)
        where = self.where(int(np.flatnonzero(missing)[0]))
        hint = f"name the number that stands for it, `missing: {{{name}: -1}}`, or fill it when the file is written"
        raise DataError(f"column {name!r} is null in {where}", "columns", hint)

    def _mask(self, name: str) -> np.ndarray:
        values, missing = self.masked(name)
        gone = np.zeros(len(values), bool) if missing is None else missing.copy()
        return (gone | np.isnan(values) if values.dtype.kind == "f" else gone).astype(np.float32)

    def _filled(self, values: np.ndarray, missing: np.ndarray | None, name: str) -> np.ndarray:
        """Return a column in which a number stands for null and nan."""
        gone = np.zeros(len(values), bool) if missing is None else missing
        given = cast(np.array([self._fill[name]]), values.dtype.name, name, f"missing.{name}", lambda _: "`missing`")
        return np.where(gone | np.isnan(values) if values.dtype.kind == "f" else gone, given, values)

    def masked(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Return a column of hits [hits], and which of its values are null."""
        found = self.values(name)
        if not self.index.lists or found.splits:
            return found.values, found.missing
        sizes = np.diff(self.splits)
        missing = None if found.missing is None else np.repeat(found.missing, sizes)
        return np.repeat(found.values, sizes), missing

    def of_events(self, name: str) -> np.ndarray:
        """Return a column that has one value for an event, [events]; the first hit's where each hit repeats it."""
        if name.startswith(EVENTS) and not self.index.lists:
            return self._beside(name)
        found = self.values(name)
        if self.index.lists and not found.splits:
            if found.missing is not None and found.missing.any() and found.values.dtype.kind != "f":
                label = self.index.label(self.first + int(np.flatnonzero(found.missing)[0]))
                message = f"column {name!r} is null in event {label} of {self.table.name}"
                raise DataError(message, "columns", "fill it when the file is written")
            return found.values
        values = self.column(name)
        starts = np.minimum(self.splits[:-1], max(len(values) - 1, 0))
        first = values[starts] if len(values) else np.zeros(len(starts), values.dtype)
        own = np.repeat(first, np.diff(self.splits))
        differ = values != own
        if values.dtype.kind == "f":
            differ &= ~(np.isnan(values) & np.isnan(own))
        if differ.any():
            hit = int(np.flatnonzero(differ)[0])
            message = f"column {name!r} is {own[hit]} and, in {self.where(hit)}, {values[hit]}: an event has one value"
            raise DataError(message, "columns", "name a column that is the same for all hits of an event")
        return first

    def _beside(self, name: str) -> np.ndarray:
        """Return an array that lies beside the hits and has one value for each event."""
        found = self.table.array(name)
        if found is None or len(found) != self.index.n_events:
            count = "no values" if found is None else f"{len(found)} values"
            raise DataError(f"{self.table.name}: {name!r} has {count} for {self.index.n_events} events", "event_filter")
        return native(found[self.first : self.last])

    def evaluate(self, expression: Expression, objects: Callable[[str], np.ndarray], parameter: str) -> np.ndarray:
        """Return the values of an expression, [hits]; raises DataError for a whole number that leaves its range."""
        try:
            with np.errstate(all="ignore"):
                made = np.asarray(expression.value(self._numbers, objects))
        except WholeNumberError as error:
            where = self.table.name if error.row is None else self.where(error.row)
            raise DataError(f"column {expression.text!r} in {where}: {error}", parameter, error.hint) from None
        return np.broadcast_to(made, (self.n_hits,)) if made.ndim == 0 else made

    def _numbers(self, name: str) -> np.ndarray:
        """Return a column of hits that is computed with; raises DataError for one with texts, as one file may have."""
        values = self.column(name)
        if values.dtype.kind in NUMBERS:
            return values
        hit = next((hit for hit, value in enumerate(values.tolist()) if not _is_number(value)), 0)
        message = f"column {name!r} is {values[hit]!r} in {self.where(hit)}: expected numbers"
        raise DataError(
            message, "columns", "correct it where the file is written, or leave such events out: `on_error: skip`"
        )

    @cached_property
    def event_of_hit(self) -> np.ndarray:
        """The event of each hit, counted from 0 in this frame, int64 [hits]."""
        return np.repeat(np.arange(self.last - self.first), np.diff(self.splits))

    def where(self, hit: int) -> str:
        """Return what names a hit, "row 17 (event 3) of events.npz"."""
        event = int(np.searchsorted(self.splits, hit, side="right")) - 1
        label = self.index.label(self.first + event)
        if self.index.lists:
            return f"hit {hit - int(self.splits[event])} of event {label} of {self.table.name}"
        return f"row {int(self._rows[hit])} (event {label}) of {self.table.name}"


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def take_lists(found: Values, rows: np.ndarray) -> Values:
    """Return the lists at the given places, in that order."""
    outer = found.splits[0]
    sizes = np.diff(outer)[rows]
    splits = np.concatenate([[0], np.cumsum(sizes)])
    inner = np.repeat(outer[rows] - splits[:-1], sizes) + np.arange(splits[-1])
    if len(found.splits) > 1:
        below = take_lists(Values(found.values, found.splits[1:], found.missing), inner)
        return Values(below.values, (splits, *below.splits), below.missing)
    return Values(found.values[inner], (splits,), None if found.missing is None else found.missing[inner])
