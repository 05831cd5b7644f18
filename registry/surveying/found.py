"""What data are like: hits and objects of events, and every column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from registry.contract.data import PARTS
from registry.contract.survey import StoredColumn, StoredTruth, Survey, survey_of
from registry.surveying.losses import Amount
from registry.surveying.neighbourhoods import Neighbourhood
from registry.surveying.parts import EVENTS_AT_ONCE, PartsFound, look_at_parts
from registry.surveying.statistics import ColumnStatistics, Counts
from registry.training.checked_source import CheckedSource


@dataclass(frozen=True, eq=False)
class Found:
    """What data are like; `stored`: before any filter, `parts`: events and hits of each part after them.

    `neighbourhoods`: of every space of the graph that does not learn, how many pairs of one object are neighbours;
    `losses`: what parameters of its losses amount to.
    """

    loader: str
    stored: Survey
    columns: dict[str, ColumnStatistics]
    parts: dict[str, tuple[int, int]]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    fingerprint: str
    looked: PartsFound | None = None
    neighbourhoods: Sequence[Neighbourhood] = ()
    losses: Sequence[Amount] = ()

    def plain(self) -> dict[str, Any]:
        """Return all of it as plain values, for JSON."""
        stored = self.stored
        columns = {name: column.plain() for name, column in self.columns.items()}
        for name, unit in stored.units.items():
            if name in columns:
                columns[name]["unit"] = unit
        return {
            "loader": self.loader,
            "files": list(stored.files),
            "fingerprint": self.fingerprint,
            "n_events": len(stored.sizes),
            "n_hits": int(stored.sizes.sum()),
            "hits_per_event": asdict(Counts.of(stored.sizes)),
            **_truth(stored.truth, int(stored.sizes.sum())),
            "parts": {part: {"n_events": events, "n_hits": hits} for part, (events, hits) in self.parts.items()},
            "removed": list(self.notes),
            "doubts": list(self.doubts),
            "columns": columns,
            **({} if self.looked is None else self.looked.plain()),
            "neighbourhoods": [item.plain() for item in self.neighbourhoods],
            "losses": [item.plain() for item in self.losses],
        }


def _truth(truth: StoredTruth | None, n_hits: int) -> dict[str, Any]:
    if truth is None:
        return {"n_objects": None, "noise_fraction": None}
    listed = None if truth.listed is None else asdict(Counts.of(truth.listed))
    per_object = Counts.of(truth.hits)
    return {
        "n_objects": int(truth.objects.sum()),
        "objects_per_event": asdict(Counts.of(truth.objects)),
        "n_objects_listed": None if truth.listed is None else int(truth.listed.sum()),
        "objects_listed_per_event": listed,
        "hits_per_object": {"min": per_object.min, "median": per_object.median, "max": per_object.max},
        "n_noise_hits": truth.noise,
        "noise_fraction": truth.noise / n_hits if n_hits else None,
        "n_shared_hits": truth.shared,
    }


def look(source: CheckedSource, loader: str, whole: bool = False) -> Found:
    """Return what the data of a source are like; every column is read once. `whole`: and every part, once more."""
    stored = survey_of(source.source) or _of_parts(source)
    columns: dict[str, ColumnStatistics] = {}
    for piece in stored.columns:
        columns.setdefault(piece.name, ColumnStatistics()).add(piece.values, piece.missing)
    parts = {str(part): (len(source.sizes(part)), int(source.sizes(part).sum())) for part in PARTS}
    looked = look_at_parts(source, stored.names) if whole else None
    return Found(loader, stored, columns, parts, source.notes, source.doubts, source.fingerprint(), looked)


def _of_parts(source: CheckedSource) -> Survey:
    """Return what the parts of a source hold: of one that tells nothing of what is behind it, nothing else is known."""
    sizes = np.concatenate([source.sizes(part) for part in PARTS])
    return Survey((), sizes, _counted(source), _Read(source), units=_units(source))


def _units(source: CheckedSource) -> dict[str, str]:
    """Return the units of what a loader hands out, by the names of its columns (see `_Read`)."""
    found: dict[str, str] = {}
    for port, type_ in source.types.items():
        width = type_.axes[-1] if len(type_.axes) > 1 else 1
        if type_.unit and isinstance(width, int):
            names = [port] if width == 1 else [f"{port}.{number}" for number in range(width)]
            found |= dict.fromkeys(names, type_.unit)
    return found | getattr(source.source, "units", {})


def _counted(source: CheckedSource) -> StoredTruth | None:
    objects: list[int] = []
    hits: list[np.ndarray] = []
    noise = 0
    for columns in _batches(source):
        if "truth_index" not in columns:
            return None
        numbers, splits = columns["truth_index"][:, 0], columns["row_splits"]
        for start, stop in pairwise(splits):
            own = numbers[start:stop]
            _, counts = np.unique(own[own >= 0], return_counts=True)
            objects.append(len(counts))
            hits.append(counts)
            noise += int((own < 0).sum())
    return StoredTruth(np.array(objects, np.int64), None, np.concatenate([np.zeros(0, np.int64), *hits]), noise, 0)


def _batches(source: CheckedSource) -> Iterator[Any]:
    for part in PARTS:
        events = np.arange(len(source.sizes(part)))
        for start in range(0, len(events), EVENTS_AT_ONCE):
            yield source.read(part, events[start : start + EVENTS_AT_ONCE], None)


class _Read:
    """The columns that a source reads, each time it is iterated over; those of several values are numbered."""

    def __init__(self, source: CheckedSource) -> None:
        self._source = source

    def __iter__(self) -> Iterator[StoredColumn]:
        for columns in _batches(self._source):
            for name, values in columns.items():
                if name == "row_splits":
                    continue
                flat = np.asarray(values).reshape(len(values), int(np.prod(np.shape(values)[1:])))
                for number in range(flat.shape[1]):
                    yield StoredColumn(name if flat.shape[1] == 1 else f"{name}.{number}", flat[:, number])
