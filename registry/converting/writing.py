"""Writes converted events piece by piece: as a whole or not at all, and on from where it was interrupted."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from registry.console.counting import Counting
from registry.contract.casting import in_one_type
from registry.contract.data import DataError
from registry.contract.errors import InputError, Problem
from registry.contract.stored import StoredEvents
from registry.converting.conversion import ORIGINAL_EVENT, Conversion
from registry.converting.description import write_description
from registry.inference.event_formats import EventFormat, event_format, write_event_table
from registry.inference.event_table import EventTable, arrays_of, event_table
from registry.inference.pieces import HITS_OF_A_PIECE, SECONDS_OF_A_PIECE, Pieces


@dataclass(frozen=True)
class Converted:
    """What was written: the file with its description, and what it holds.

    `went_on_from`: events that were there; `not_written`: what the format has no place for.
    """

    file: Path
    description: Path
    events: int
    hits: int
    went_on_from: int
    not_written: Sequence[str] = ()


def convert_into(file: Path, conversion: Conversion, pieces: Pieces, counting: Counting | None = None) -> Converted:
    """Write events into a file, and its description beside it; `pieces` is open.

    Raises InputError for data that cannot be used, OSError for a file that cannot be written.
    """
    done = pieces.done
    before = sum(conversion.groups[:done])
    _read(conversion, done, pieces, counting)
    provenance, form = provenance_of(conversion), event_format(file)
    table = event_table(pieces.files, json.dumps(provenance), conversion.described(form.event_column))
    table, not_written = _held(table, form)
    write_event_table(file, table)
    description = write_description(file, form, conversion, provenance)
    pieces.remove()
    return Converted(file, description, len(table.sizes), table.n_hits, before, not_written)


def _held(table: EventTable, form: EventFormat) -> tuple[EventTable, Sequence[str]]:
    """Leave out what events are called by the source, which nobody asked for, where a format holds no texts."""
    kind = table.events.get(ORIGINAL_EVENT)
    if form.texts or kind is None or kind.kind != "U":
        return table, ()
    held = {name: kind for name, kind in table.events.items() if name != ORIGINAL_EVENT}
    return replace(table, events=held), (f"{ORIGINAL_EVENT}, what the source calls an event: the format has no texts",)


def provenance_of(conversion: Conversion) -> dict[str, Any]:
    """Return where events are from, and what has written them."""
    return {"program": f"registry {version('registry')}", **conversion.provenance}


def _read(conversion: Conversion, done: int, pieces: Pieces, counting: Counting | None) -> None:
    kept: list[StoredEvents] = []
    hits, started, first = 0, time.monotonic(), done
    for number, events in enumerate(conversion.read(done), done + 1):
        kept.append(events)
        hits += int(events.sizes.sum())
        if counting is not None:
            counting.add(len(events.sizes), hits=int(events.sizes.sum()))
        late = time.monotonic() - started > SECONDS_OF_A_PIECE
        if hits >= HITS_OF_A_PIECE or late or number == len(conversion.groups):
            pieces.keep(first, number, arrays_of(together(kept)))
            kept, hits, started, first = [], 0, time.monotonic(), number


def together(parts: Sequence[StoredEvents]) -> StoredEvents:
    """Return the events of several parts in their order; raises InputError for columns of which no type holds all."""
    first = parts[0]

    def joined(name: str, own: Sequence[np.ndarray]) -> np.ndarray:
        try:
            return np.concatenate(in_one_type(own, name))
        except DataError as error:
            raise InputError([Problem(error.message, hint=error.hint)]) from error

    return StoredEvents(
        np.concatenate([part.sizes for part in parts]),
        {name: joined(name, [part.hits[name] for part in parts]) for name in first.hits},
        {name: joined(name, [part.events[name] for part in parts]) for name in first.events},
    )
