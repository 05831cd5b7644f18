"""The csv files of the TrackML challenge, in a zip: hits and truth of each event, and what it has one value of."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.contract.ports import TRUTH_PREFIX
from registry.inference.event_table import EventTable

READ_BY = "trackml"
"""The loader of events that are written so."""

PLACES: dict[str, Any] = {"noise_ids": None, "objects": {}}
"""The parameters by which it finds them; what TrackML says of noise and particles is not said of others."""

EVENT_COLUMN = "{}"
"""What it calls a column of events."""

HIT, EVENT = "hit_id", "event"

NAMED = re.compile(r"event\d+\Z")


def write_events(file: Path, table: EventTable) -> None:
    """Write `event000000001-hits.csv` and the others; raises InputError for names that the files cannot have.

    Columns that are truth lie in `-truth.csv`, what an event has one value of in `-event.json`. Hits are numbered from
    1 where no column `hit_id` names them. A column `event` of different texts such as "event000000012" names the files.
    """
    names, truth, number = _names(table), _truth_of(table), 0
    named = {EVENT} if EVENT in table.events and names[:1] == table.of_events(EVENT).tolist()[:1] else set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for piece in table.pieces():
            start = 0
            own = {name: values.tolist() for name, values in piece.events.items() if name not in named}
            for place, size in enumerate(piece.sizes.tolist()):
                event, rows = names[number], slice(start, start + size)
                hits = {name: values[rows] for name, values in piece.hits.items()}
                ids = _hit_ids(hits, event)
                of_truth = {name: hits.pop(name) for name in truth}
                hits.pop(HIT, None)
                archive.writestr(f"{event}-hits.csv", _text({HIT: ids, **hits}))
                if of_truth:
                    archive.writestr(f"{event}-truth.csv", _text({HIT: ids, **of_truth}))
                if own:
                    archive.writestr(f"{event}-event.json", json.dumps({key: item[place] for key, item in own.items()}))
                start += size
                number += 1


def _names(table: EventTable) -> Sequence[str]:
    """Return what each event is called."""
    if not len(table.sizes):
        raise InputError([Problem("there is no event: files of TrackML are of one event each")])
    if EVENT in table.hits:
        raise InputError(
            [Problem(f"column {EVENT!r} of hits: TrackML calls events so", hint="leave it out: --columns")]
        )
    given = table.of_events(EVENT).tolist() if EVENT in table.events else []
    if given and _are_names(given):
        return given
    return [f"event{number:09d}" for number in range(len(table.sizes))]


def _are_names(given: Sequence[object]) -> bool:
    """Say whether what events are called are different names of TrackML, in the order in which they are read."""
    named = all(isinstance(name, str) and NAMED.match(name) for name in given)
    return named and len(set(given)) == len(given) and sorted(map(str, given)) == list(given)


def _truth_of(table: EventTable) -> list[str]:
    """Return the columns of hits that truth is made of, and nothing else."""
    named: dict[bool, set[str]] = {True: set(), False: set()}
    for output, given in table.columns.items():
        named[output.startswith(TRUTH_PREFIX)] |= {given} if isinstance(given, str) else set(given)
    return [name for name in table.hits if name in named[True] - named[False] and name != HIT]


def _hit_ids(hits: Mapping[str, np.ndarray], event: str) -> np.ndarray:
    if HIT not in hits:
        return np.arange(1, len(next(iter(hits.values()), ())) + 1)
    ids = hits[HIT]
    if ids.dtype.kind not in "iu" or len(np.unique(ids)) < len(ids):
        hint = "TrackML joins hits and truth by it; leave the column out: --columns"
        raise InputError([Problem(f"column {HIT!r} does not tell the hits of {event} apart", hint=hint)])
    return ids


def _text(columns: Mapping[str, np.ndarray]) -> str:
    """Return columns as csv; floats of 32 bits have the digits that they have as floats of 64 bits, to be the same."""
    made = io.StringIO()
    written = csv.writer(made, lineterminator="\n")
    written.writerow(columns)
    written.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))
    return made.getvalue()
