"""The objects of events: their columns, as lists beside the hits or in a table of their own, and which is a hit's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.events import EventIndex
from registry.plugins.loaders.description.frame import Frame, ObjectRows, take_lists
from registry.plugins.loaders.description.table import Table, Values, of_objects
from registry.plugins.loaders.identifiers import DENSE


@dataclass(frozen=True, eq=False)
class ObjectTable:
    """A table with a row for each object, and the events that its rows belong to."""

    table: Table
    index: EventIndex

    @cached_property
    def _number(self) -> dict[object, int]:
        """The number of each event by what the table calls it."""
        return {key: event for event, key in enumerate(self.index.keys or ())}

    def rows_of(self, frame: Frame, names: tuple[str, ...]) -> ObjectRows:
        """Return the objects of a frame's events; an event that this table does not have has none."""
        if self.index.keys is None:
            events = np.arange(frame.first, frame.last)
        else:
            keys = frame.index.keys or range(frame.index.n_events)
            own = [self._number.get(keys[event], -1) for event in range(frame.first, frame.last)]
            events = np.array(own, np.int64)
        rows, splits = self.index.rows_of(events)
        if not len(rows):
            read = self.table.read(names, 0, 0)
            return ObjectRows(read, splits)
        lowest = int(rows.min())
        read = self.table.read(names, lowest, int(rows.max()) + 1)
        columns = {}
        for name, values in read.items():
            if values.splits:
                columns[name] = take_lists(values, rows - lowest)
            else:
                missing = None if values.missing is None else values.missing[rows - lowest]
                columns[name] = Values(values.values[rows - lowest], (), missing)
        return ObjectRows(columns, splits)


def listed_objects(frame: Frame, names: tuple[str, ...]) -> ObjectRows:
    """Return the objects that lie as lists beside those of the hits; raises DataError if their lengths differ."""
    types = frame.table.types
    own = frame.table.read([of_objects(name, types) for name in names], frame.first, frame.last)
    read = {name: own[of_objects(name, types)] for name in names}
    columns: dict[str, Values] = {}
    splits, first = np.zeros(frame.last - frame.first + 1, np.int64), ""
    for name, values in read.items():
        if not values.splits:
            raise DataError(f"column {name!r} is no list of objects: it has one value for each event", "objects")
        if not first:
            splits, first = values.splits[0], name
        differ = np.flatnonzero(np.diff(values.splits[0]) != np.diff(splits))
        if len(differ):
            event = int(differ[0])
            lengths = f"{int(np.diff(splits)[event])} values, {name!r} has {int(np.diff(values.splits[0])[event])}"
            label = frame.index.label(frame.first + event)
            raise DataError(f"event {label} of {frame.table.name}: {first!r} of the objects has {lengths}", "objects")
        columns[name] = Values(values.values, values.splits[1:], values.missing)
    return ObjectRows(columns, splits)


def join_by_id(
    ids: np.ndarray, noise: np.ndarray, event_of_hit: np.ndarray, own: np.ndarray, splits: np.ndarray
) -> np.ndarray:
    """Return the row of each hit's object, -1 for noise and for ids that no object has, int64 [hits].

    `ids` [hits] and `own` [objects] are whole numbers of any type, compared exactly; `splits`: objects of each event.
    Of objects with one id in one event it is the first.
    """
    rows = np.arange(len(own))
    if own.dtype.kind != ids.dtype.kind:
        # Of numbers with and without a sign, those below 0 have no partner; others are the same in 64 bits.
        rows, noise = np.flatnonzero(own >= 0), noise | (ids < 0)
        own, ids = own[rows].astype(np.uint64), ids.astype(np.uint64)
    if not len(rows) or not len(ids):
        return np.full(len(ids), -1, np.int64)
    known, code = np.unique(own, return_inverse=True)
    of_objects = np.repeat(np.arange(len(splits) - 1), np.diff(splits))[rows] * len(known) + code.reshape(-1)
    of_hits = place_among(known, ids)
    of_nobody = noise | (of_hits < 0)
    of_hits += event_of_hit * len(known)
    of_hits[of_nobody] = 0
    if len(known) * (len(splits) - 1) <= DENSE * len(ids):
        row = np.full(len(known) * (len(splits) - 1), -1, np.int64)
        row[of_objects[::-1]] = rows[::-1]
        found = row[of_hits]
    else:
        order = np.argsort(of_objects, kind="stable")
        place = place_among(of_objects[order], of_hits)
        found = np.where(place >= 0, rows[order][place], -1)
    found[of_nobody] = -1
    return found


def place_among(known: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return the place of each id among known ones, int64 [ids], the first of equal ones; -1 for one that is not there.

    `known` [n] never falls, n is 1 at least; both are whole numbers, with a sign or without.
    """
    least, width = known[0], int(known[-1]) - int(known[0]) + 1
    if width > DENSE * len(ids):
        place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        return np.where(known[place] == ids, place, -1)
    lookup = np.full(width, -1, np.int64)
    lookup[_behind(known[::-1], least)] = np.arange(len(known))[::-1]
    beyond = (ids < least) | (ids > known[-1])
    if not beyond.any():
        return lookup[_behind(ids, least)]
    return np.where(beyond, -1, lookup[np.where(beyond, 0, _behind(ids, least))])


def _behind(values: np.ndarray, least: np.integer) -> np.ndarray:
    """Return how far whole numbers lie behind the least of them, int64: 64 bits without a sign never overflow."""
    return (values.astype(np.uint64) - np.uint64(int(least) % 2**64)).view(np.int64)


def join_by_position(
    ids: np.ndarray,
    noise: np.ndarray,
    base: int,
    event_of_hit: np.ndarray,
    splits: np.ndarray,
    where: Callable[[int], str],
) -> np.ndarray:
    """Return the row of each hit's object by its position in the event, -1 for noise; raises DataError out of range."""
    counts = np.diff(splits)[event_of_hit] if len(event_of_hit) else np.zeros(0, np.int64)
    beyond = (ids.astype(np.int64) - base < 0) | (ids.astype(np.int64) - base >= counts)
    wrong = np.flatnonzero(beyond & ~noise)
    if len(wrong):
        hit = int(wrong[0])
        message = f"the object of {where(hit)} is number {ids[hit]}: the event has {counts[hit]}, counted from {base}"
        hint = "name the column of their ids as `objects.id`, or the values of nobody as `noise_ids`"
        raise DataError(message, "columns.truth_index", hint)
    return np.where(noise, -1, splits[:-1][event_of_hit] + ids.astype(np.int64) - base if len(ids) else ids)
