"""Which row of the objects each hit belongs to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.frame import Frame, ObjectRows
from registry.plugins.loaders.description.objects import ObjectTable, join_by_id, join_by_position, listed_objects
from registry.plugins.loaders.description.text_ids import object_ids
from registry.plugins.loaders.description.truth import Ids
from registry.plugins.loaders.description.truth_options import ObjectOptions


def objects_of(frame: Frame, table: ObjectTable | None, names: tuple[str, ...]) -> ObjectRows | None:
    """Return columns of the objects of some events, None if none is asked for; `table`: None for lists beside hits."""
    if not names:
        return None
    return table.rows_of(frame, names) if table is not None else listed_objects(frame, names)


def rows_of(
    frame: Frame, objects: ObjectRows | None, ids: Ids | None, options: ObjectOptions, known: bool = False
) -> tuple[np.ndarray, Ids | None]:
    """Return the row of each hit's object, -1 for none, and the ids, those without an object counted as noise.

    `known`: they need not be doubted again.
    Raises DataError for a hit whose object is not there, unless `missing` says that it is noise.
    """
    if objects is None or ids is None:
        return np.broadcast_to(np.int64(-1), frame.n_hits), ids
    if options.id is None:
        base = 0 if options.hits is not None else options.base
        return join_by_position(ids.values, ids.noise, base, frame.event_of_hit, objects.splits, frame.where), ids
    own = _ids_of_objects(frame, objects, options.id)
    rows = join_by_id(ids.values, ids.noise, frame.event_of_hit, own, objects.splits)
    if not known and _are_twice(own, objects.splits):
        twice = f"some objects of one event have the same {options.id!r}: of each the first counts"
        ids = replace(ids, doubts=(*ids.doubts, twice))
    lost = np.flatnonzero((rows < 0) & ~ids.noise)
    if len(lost) and options.missing == "refuse":
        hit = int(lost[0])
        message = f"the objects have none with {options.id!r} {ids.values[hit]}, which {frame.where(hit)} names"
        hint = "set `objects.missing: noise` to count such hits as noise, or name the values of nobody as `noise_ids`"
        raise DataError(message + (f", and {len(lost) - 1} more" if len(lost) > 1 else ""), "objects.id", hint)
    if len(lost):
        ids = replace(ids, noise=ids.noise | (rows < 0))
    return rows, ids


def _ids_of_objects(frame: Frame, objects: ObjectRows, name: str) -> np.ndarray:
    """Return the ids of all objects; raises DataError for one that is null or no whole number."""

    def where(row: int) -> str:
        event = int(np.searchsorted(objects.splits, row, side="right")) - 1
        number = row - int(objects.splits[event])
        return f"object {number} of event {frame.index.label(frame.first + event)} of {frame.table.name}"

    own = objects.columns[name]
    if own.missing is not None and own.missing.any():
        place = where(int(np.flatnonzero(own.missing)[0]))
        raise DataError(f"column {name!r} is null in {place}", "objects.id", "leave out what is no object")
    return object_ids(own.values, name, "objects.id", where)


def _are_twice(own: np.ndarray, splits: np.ndarray) -> bool:
    """Say whether two objects of one event have the same id; `own`: of all objects, `splits`: where events start."""
    event = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    order = np.lexsort((own, event))
    return bool(((own[order][1:] == own[order][:-1]) & (event[1:] == event[:-1])).any())
