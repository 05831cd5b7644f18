"""ColliderML: a folder with the tables of particles, and of the hits of tracker and calorimeter, in parquet."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.contract.stored import StoredEvents
from registry.inference.event_table import EventTable
from registry.inference.needing import require

READ_BY = "colliderml"
"""The loader of events that are written so."""

FOLDER = True
"""They are written into a folder."""

SHARD = "train-00000-of-00001.parquet"
INSIDE = f"events_particles/{SHARD}"
"""The file in it that the loader is given."""

PLACES: dict[str, Any] = {"contributions": None, "objects": {}, "units": {}}
"""The parameters by which it finds them: the object of a hit is a column here, too."""

EVENT_COLUMN = "{}"
"""What it calls a column of events."""

KEY, TRACKER, CALO, PARTICLES = "event_id", "tracker_hits", "calo_hits", "particles"
WHICH = "is_tracker"
AXES = ("x", "y", "z")
OF_PARTICLES = {"truth_energy": "energy", "truth_pdg": "pdg_id", "truth_time": "time"}
"""The columns of particles by the output whose column they are made of."""


def check() -> None:
    """Raise InputError without the package pyarrow."""
    require("pyarrow", "parquet")


def write_events(file: Path, table: EventTable) -> None:
    """Write a row for each event into each table; `is_tracker` says which hits are of the tracker, else none is.

    Columns of hits lie in both tables, those of events in all of them. Contributions to cells, and the particles, are
    made of the columns that the description names. `x`, `y` and `z`, in mm, are made of the
    coordinates where there are none. Raises InputError for events without either, whose `event_id` does not tell them
    apart, and in which a hit of the tracker is behind one of the calorimeter.
    """
    import pyarrow.parquet

    _check(table)
    first, axes = 0, _axes(table)
    with ExitStack() as stack:
        writers: dict[str, Any] = {}
        for piece in table.pieces():
            for name, own in _tables(table, _with_axes(piece, axes), first).items():
                if name not in writers:
                    folder = file / f"events_{name}"
                    folder.mkdir()
                    schema = own.schema.with_metadata({"registry": table.about})
                    writers[name] = stack.enter_context(pyarrow.parquet.ParquetWriter(folder / SHARD, schema))
                writers[name].write_table(own.cast(writers[name].schema))
            first += len(piece.sizes)


def _check(table: EventTable) -> None:
    for name in (KEY, PARTICLES):
        if name in table.hits:
            raise InputError([Problem(f"column {name!r} has no place among the hits of ColliderML: --columns")])
    if KEY in table.events:
        ids = table.of_events(KEY)
        if ids.dtype.kind not in "iu" or len(np.unique(ids)) < len(ids):
            hint = "convert the files one by one, OUT as folder/*.colliderml, or leave it out: --columns"
            raise InputError([Problem(f"column {KEY!r} does not tell the events apart", hint=hint)])


def _axes(table: EventTable) -> dict[str, str]:
    """Return the column, in cm, that each of `x`, `y` and `z` is made of where it is not there."""
    named = table.columns.get("coordinates") or ["", "", ""]
    lost = {name: str(own) for name, own in zip(AXES, named, strict=True) if name not in table.hits}
    for name, own in lost.items():
        if own not in table.hits:
            hint = "name the columns of `coordinates` in the description of the events"
            raise InputError([Problem(f"there is no column {name!r}, which ColliderML has of every hit", hint=hint)])
    return lost


def _with_axes(piece: StoredEvents, axes: dict[str, str]) -> StoredEvents:
    return StoredEvents(
        piece.sizes, {**piece.hits, **{name: 10.0 * piece.hits[own] for name, own in axes.items()}}, piece.events
    )


def _tables(table: EventTable, piece: StoredEvents, first: int) -> dict[str, Any]:
    """Return the rows of some events in each table; `first`: the number of the first event."""
    import pyarrow

    n_events, n_hits = len(piece.sizes), int(piece.sizes.sum())
    which = piece.hits.get(WHICH, np.zeros(n_hits)) != 0
    event = np.repeat(np.arange(n_events), piece.sizes)
    behind = np.flatnonzero(which[1:] & ~which[:-1] & (event[1:] == event[:-1]))
    if len(behind):
        message = f"column {WHICH!r} is 1 behind 0 in event {first + int(event[behind[0]])}"
        raise InputError([Problem(message, hint="hits of the tracker come first in ColliderML")])
    of_events = {name: pyarrow.array(values) for name, values in piece.events.items() if name != KEY}
    keys = piece.events.get(KEY, np.arange(first, first + n_events, dtype=np.uint32))
    ids, noise = _ids(table, piece)
    made = {}
    for name, own in ((TRACKER, which), (CALO, ~which)):
        splits = _splits(np.bincount(event[own], minlength=n_events))
        columns = {column: values[own] for column, values in piece.hits.items() if column != WHICH}
        if name == CALO:
            columns["total_energy"] = columns.pop("energy", np.zeros(int(own.sum())))
            columns |= {} if ids is None else _contributions(ids[own], noise[own], columns["total_energy"])
        else:
            columns.setdefault("time", np.zeros(int(own.sum())))
            columns |= {"particle_id": ids[own]} if ids is not None else {}
        lists = {column: pyarrow.ListArray.from_arrays(splits, _array(values)) for column, values in columns.items()}
        made[name] = pyarrow.table({KEY: keys, **lists, **of_events})
    made[PARTICLES] = pyarrow.table({KEY: keys, **_particles(table, piece, ids, noise, event), **of_events})
    return made


def _array(values: Any) -> Any:
    import pyarrow

    return pyarrow.array(values) if isinstance(values, np.ndarray) else values


def _splits(sizes: np.ndarray) -> Any:
    import pyarrow

    return pyarrow.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))


def _ids(table: EventTable, piece: StoredEvents) -> tuple[np.ndarray | None, np.ndarray]:
    """Return the object of each hit, None if no column says it, and which hits are of none."""
    ids = piece.hits.get(str(table.columns.get("truth_index")))
    if ids is None or ids.dtype.kind not in "iu":
        return None, np.zeros(0, bool)
    most = np.iinfo(ids.dtype).max
    none = [value for value in table.described.get("noise_ids") or [] if isinstance(value, int) and 0 <= value <= most]
    return ids, (ids < 0) | np.isin(ids, np.array(none, ids.dtype))


def _contributions(ids: np.ndarray, noise: np.ndarray, energies: np.ndarray) -> dict[str, Any]:
    """Return the one contribution of each cell, none for noise, as lists of lists."""
    import pyarrow

    splits = _splits((~noise).astype(np.int64))
    named = {"contrib_particle_ids": ids[~noise], "contrib_energies": energies[~noise]}
    return {name: pyarrow.ListArray.from_arrays(splits, pyarrow.array(values)) for name, values in named.items()}


def _particles(
    table: EventTable, piece: StoredEvents, ids: np.ndarray | None, noise: np.ndarray, event: np.ndarray
) -> dict[str, Any]:
    """Return the particles of each event that have a hit, by rising id, with what their first hit says of them."""
    import pyarrow

    n_events = len(piece.sizes)
    if ids is None:
        return {"particle_id": pyarrow.ListArray.from_arrays(_splits(np.zeros(n_events)), pyarrow.array([], "uint64"))}
    hits = np.flatnonzero(~noise)
    order = hits[np.lexsort((ids[hits], event[hits]))]
    new = np.ones(len(order), bool)
    new[1:] = (ids[order][1:] != ids[order][:-1]) | (event[order][1:] != event[order][:-1])
    first = order[new]
    own = {"particle_id": ids[first]}
    for output, name in OF_PARTICLES.items():
        values = piece.hits.get(str(table.columns.get(output)))
        if values is not None:
            own[name] = values[first]
    splits = _splits(np.bincount(event[first], minlength=n_events))
    return {name: pyarrow.ListArray.from_arrays(splits, pyarrow.array(values)) for name, values in own.items()}
