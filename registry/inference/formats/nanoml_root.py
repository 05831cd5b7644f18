"""CMS NanoML: a tree `Events` whose entries hold the hits of both endcaps, and the objects that they match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.contract.stored import StoredEvents
from registry.inference.event_table import EventTable
from registry.inference.needing import require

READ_BY = "nanoml"
"""The loader of events that are written so."""

PLACES: dict[str, Any] = {"table": "Events"}
"""The parameters by which it finds them."""

EVENT_COLUMN = "{}"
"""What it calls a column of events."""

HITS = {
    "recHitEnergy": "energy",
    "recHitX": "x",
    "recHitY": "y",
    "recHitZ": "z",
    "recHitTime": "time",
    "recHitHitR": "hitr",
}
"""The branches of hits by the columns that the loader makes of them."""

MADE = ("recHitEta", "isTrack", "recHitTheta", "recHitR")
"""Columns that it makes of the others."""

OBJECTS = {
    "boundaryEnergy": "t_energy",
    "recEnergy": "t_rec_energy",
    "impactPoint_t": "t_time",
    "impactPoint_x": "t_pos_x",
    "impactPoint_y": "t_pos_y",
    "impactPoint_z": "t_pos_z",
}
"""The columns of truth that branches of objects hold."""

CLASSES = tuple(f"t_pid_{number}" for number in range(6))
TRUTH = ("t_idx", "t_pdg", *OBJECTS.values(), *CLASSES, "t_spectator", "t_fully_contained", "t_is_unique")
CHARGED = "t_pid_3"

BEHIND = 1000
"""cm: an impact point that is not at the front of the calorimeter."""

ENTRIES = 100
"""Entries that are written together."""


def check() -> None:
    """Raise InputError without the package uproot."""
    require("uproot", "root")


def write_events(file: Path, table: EventTable) -> None:
    """Write an entry for every two events, the endcap at z < 0 and that at z > 0.

    Raises InputError for a column that is none of NanoML's, one that is missing, and a hit on the other side.
    """
    import awkward as ak
    import uproot

    truth = _checked(table)
    with uproot.recreate(file) as written:
        written["registry"] = table.about
        tree: Any = None
        for first, events in _entries(table):
            branches = _branches(events, first, truth)
            arrays = {name: ak.unflatten(values, counts) for name, (values, counts) in branches.items()}
            if tree is None:
                tree = written.mktree("Events", {name: array.type.content for name, array in arrays.items()})
            tree.extend(arrays)
        if tree is None:
            types = {f"RecHitHGC_{name}": "var * float32" for name in HITS.values()}
            written.mktree("Events", {name: ak.types.from_datashape(text, False) for name, text in types.items()})


def _checked(table: EventTable) -> bool:
    """Say whether the events have truth; raises InputError for columns that NanoML does not have, or needs."""
    known = {*HITS, *MADE, *TRUTH}
    other = next((name for name in [*table.hits, *table.events] if name not in known), None)
    if other is not None:
        hint = f"NanoML holds what the loader reads of it: {', '.join(known)}; leave the column out: --columns"
        raise InputError([Problem(f"column {other!r} has no place in NanoML", hint=hint)])
    truth = "t_idx" in table.hits
    needed = [*HITS, *(("t_pdg", *OBJECTS.values(), *CLASSES) if truth else ())]
    lost = next((name for name in needed if name not in table.hits), None)
    if lost is not None:
        raise InputError([Problem(f"there is no column {lost!r}, which NanoML has", hint="rename what is meant")])
    if "isTrack" in table.hits and any(np.any(values) for values in table.column("isTrack")):
        raise InputError([Problem("column 'isTrack' is not 0: tracks of NanoML are not written")])
    return truth


def _entries(table: EventTable) -> Iterator[tuple[int, StoredEvents]]:
    """Yield events of whole entries, an even number of them, with the number of the first."""
    left: StoredEvents | None = None
    first = 0
    for piece in table.pieces():
        events = piece if left is None else _joined(left, piece)
        for start in range(0, len(events.sizes) - 1, 2 * ENTRIES):
            stop = min(start + 2 * ENTRIES, len(events.sizes) // 2 * 2)
            yield first + start, _part(events, start, stop)
        whole = len(events.sizes) // 2 * 2
        first += whole
        left = _part(events, whole, len(events.sizes)) if whole < len(events.sizes) else None
    if left is not None:
        # The last entry has no hit at z > 0.
        empty = {name: np.zeros(0, values.dtype) for name, values in left.hits.items()}
        yield first, _joined(left, StoredEvents(np.zeros(1, np.int64), empty, {}))


def _joined(one: StoredEvents, other: StoredEvents) -> StoredEvents:
    hits = {name: np.concatenate([values, other.hits[name]]) for name, values in one.hits.items()}
    return StoredEvents(np.concatenate([one.sizes, other.sizes]), hits, {})


def _part(events: StoredEvents, start: int, stop: int) -> StoredEvents:
    splits = np.concatenate([[0], np.cumsum(events.sizes)])
    rows = slice(int(splits[start]), int(splits[stop]))
    return StoredEvents(events.sizes[start:stop], {name: values[rows] for name, values in events.hits.items()}, {})


def _branches(events: StoredEvents, first: int, truth: bool) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return every branch of some entries, flat, with the number of values that each entry has."""
    sizes = events.sizes.reshape(-1, 2).sum(axis=1)
    event = np.repeat(np.arange(len(events.sizes)), events.sizes)
    wrong = np.flatnonzero((events.hits["recHitZ"] >= 0) != (event % 2 == 1))
    if len(wrong):
        place = first + int(event[wrong[0]])
        message = f"column 'recHitZ' is {events.hits['recHitZ'][wrong[0]]:g} in event {place}"
        hint = "NanoML has endcaps by turns: events of even number at z < 0, those of odd number at z > 0"
        raise InputError([Problem(message, hint=hint)])
    made = {f"RecHitHGC_{own}": (_single(name, events.hits[name]), sizes) for name, own in HITS.items()}
    return made | _truth(events.hits, event // 2, len(sizes), sizes) if truth else made


def _single(name: str, values: np.ndarray) -> np.ndarray:
    found = values.astype(np.float32)
    if (found != values)[~np.isnan(values)].any():
        raise InputError([Problem(f"column {name!r} has more digits than NanoML holds, 32 bits")])
    return found


def _truth(
    hits: Mapping[str, np.ndarray], entry: np.ndarray, entries: int, sizes: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the match of each hit, and the objects of each entry.

    A hit of an object that is on the other side is noise, but has its PDG code; one that is not to be trained on may
    be out of the calorimeter: such objects are made anew, behind those that hits belong to.
    """
    index, pdg = hits["t_idx"].astype(np.int64), hits["t_pdg"].astype(np.int64)
    charged = hits[CHARGED] != 0
    contained = hits.get("t_fully_contained", np.ones(len(index))) != 0
    counts = np.zeros(entries, np.int64)
    np.maximum.at(counts, entry, index + 1)
    stray = np.flatnonzero((index < 0) & ((pdg != 0) | ~contained))
    of_strays = [entry, pdg, charged, hits["recHitZ"] >= 0, contained]
    keys, which = np.unique(np.stack([column[stray] for column in of_strays]), axis=1, return_inverse=True)
    strays = np.bincount(keys[0].astype(np.int64), minlength=entries)
    place = counts[keys[0].astype(np.int64)] + np.arange(keys.shape[1]) - (np.cumsum(strays) - strays)[keys[0]]
    match = index.copy()
    match[stray] = place[which.reshape(-1)]
    counts = counts + strays
    start = np.cumsum(counts) - counts
    rows, first = np.unique((start[entry] + match)[match >= 0], return_index=True)
    hit = np.flatnonzero(match >= 0)[first]
    objects: dict[str, np.ndarray] = {}
    for branch, name in OBJECTS.items():
        own = np.zeros(int(counts.sum()), np.float32)
        own[rows] = _single(name, hits[name])[hit]
        objects[branch] = own
    far = np.isin(hit, stray)
    side = np.where(hits["recHitZ"] >= 0, 1, -1)
    objects["impactPoint_z"][rows[far]] = (-side * np.where(contained, 1, BEHIND))[hit[far]]
    for branch, values in (("pdgId", pdg), ("charge", charged.astype(np.int64))):
        objects[branch] = np.zeros(int(counts.sum()), np.int32)
        objects[branch][rows] = values[hit]
    objects["isTrainable"] = np.ones(int(counts.sum()), bool)
    objects["isTrainable"][rows[far]] = pdg[hit[far]] != 0
    made = {f"MergedSimCluster_{name}": (values, counts) for name, values in objects.items()}
    return made | {"RecHitHGC_MergedSimClusterBestMatchIdx": (match.astype(np.int32), sizes)}
