"""The objects of events: their columns, as lists beside the hits or in a table of their own, and which is a hit's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.events import EventIndex
from registry.plugins.loaders.description.frame import Frame, ObjectRows, take_lists
from registry.plugins.loaders.description.table import Table, Values, of_objects


@dataclass(frozen=True, eq=False)
class ObjectTable:
    """A table with a row for each object, and the events that its rows belong to."""

    table: Table
    index: EventIndex

    def rows_of(self, frame: Frame, names: tuple[str, ...]) -> ObjectRows:
        """Return the objects of a frame's events; an event that this table does not have has none."""
        if self.index.keys is None:
            events = np.arange(frame.first, frame.last)
        else:
            number = {key: event for event, key in enumerate(self.index.keys)}
            keys = frame.index.keys or range(frame.index.n_events)
            events = np.array([number.get(keys[event], -1) for event in range(frame.first, frame.last)], np.int64)
        found = [self.index.rows(int(event), int(event) + 1)[0] if event >= 0 else np.zeros(0, int) for event in events]
        splits = np.concatenate([[0], np.cumsum([len(rows) for rows in found])]).astype(np.int64)
        rows = np.concatenate([np.zeros(0, np.int64), *found]).astype(np.int64)
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
    """
    event_of_object = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    alike = own.dtype.kind == ids.dtype.kind
    both = np.concatenate([own, ids] if alike else [_exact(own), _exact(ids)])
    _, codes = np.unique(both, return_inverse=True)
    codes = codes.reshape(-1)
    width = int(codes.max()) + 1 if len(codes) else 1
    of_objects = event_of_object * width + codes[: len(own)]
    of_hits = event_of_hit * width + codes[len(own) :]
    order = np.argsort(of_objects, kind="stable")
    if not len(order):
        return np.full(len(ids), -1, np.int64)
    place = np.minimum(np.searchsorted(of_objects[order], of_hits), len(order) - 1)
    found = (of_objects[order][place] == of_hits) & ~noise
    return np.where(found, order[place], -1)


def _exact(values: np.ndarray) -> np.ndarray:
    """Return whole numbers as their 64 bits and whether they exceed those with a sign: any types compare exactly."""
    if values.dtype.kind == "u":
        wide = values.astype(np.uint64)
        return _pair(wide.view(np.int64), wide > np.uint64(2**63 - 1))
    return _pair(values.astype(np.int64), np.zeros(len(values), bool))


def _pair(bits: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    made = np.zeros(len(bits), dtype=[("bits", np.int64), ("beyond", np.bool_)])
    made["bits"], made["beyond"] = bits, beyond
    return made


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
