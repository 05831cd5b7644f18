"""Predicts events into a file, in constant memory; what was begun is gone on with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from registry.console.counting import Counting
from registry.contract.data import Part
from registry.inference.data import Events
from registry.inference.files import file_of, write_table
from registry.inference.pieces import HITS_OF_A_PIECE, SECONDS_OF_A_PIECE, Pieces
from registry.inference.predicting import Network, PredictedEvents, packs, predict_events
from registry.inference.tables import HITS, SHOWERS, Rows

Tabulate = Callable[[PredictedEvents], Mapping[str, Rows]]
"""Returns the rows of some events by table."""

Group = tuple[Part, np.ndarray, int]
"""Events that are predicted together: their part, their positions in it, and the number of the first one."""


@dataclass(frozen=True)
class Written:
    """What was written: each file with its table's number of rows, how many events, and where it was gone on from.

    `not_finite`: outputs that are not finite in some of the events that were predicted now, with their number.
    """

    files: Mapping[Path, int]
    events: int
    went_on_from: int
    not_finite: Mapping[str, int]


def groups_of(events: Events) -> list[Group]:
    """Return all events in the groups that are predicted together; one empty group if there are no events."""
    found: list[Group] = []
    first = 0
    for part in events.parts:
        for group in packs(events.source.sizes(part)):
            found.append((part, group, first))
            first += len(group)
    return found or [(events.parts[0], np.zeros(0, np.int64), 0)]


def predict_into(file: Path, network: Network, events: Events, tabulate: Tabulate, pieces: Pieces) -> Written:
    """Predict what is left to do of some events, and write the tables; `pieces` is open.

    Raises InputError for data that cannot be used, OSError for a file that cannot be written.
    """
    groups = groups_of(events)
    done = pieces.done
    before = groups[done][2] if done < len(groups) else events.count
    not_finite = _predict(network, events, groups, done, tabulate, pieces)
    written = {}
    # The hits last: who finds their file finds that of the showers, too.
    for name in (SHOWERS, HITS):
        table = pieces.table(name)
        if table is not None:
            write_table(file_of(name, file), table)
            written[file_of(name, file)] = table.rows
    pieces.remove()
    return Written(dict(reversed(written.items())), events.count, before if done else 0, not_finite)


def _predict(
    network: Network, events: Events, groups: list[Group], done: int, tabulate: Tabulate, pieces: Pieces
) -> dict[str, int]:
    """Predict all groups from the one of number `done` on, and keep their rows."""
    before = groups[done][2] if done < len(groups) else events.count
    counting = Counting("predicted", events.count, "events", done=before)
    kept: list[Mapping[str, Rows]] = []
    not_finite: dict[str, int] = {}
    hits, started, first = 0, time.monotonic(), done
    try:
        for number, predicted in enumerate(predict_all(network, events, groups[done:]), done + 1):
            kept.append(tabulate(predicted))
            _count_not_finite(predicted, not_finite)
            hits += predicted.hits
            counting.add(len(predicted), hits=predicted.hits)
            late = time.monotonic() - started > SECONDS_OF_A_PIECE
            if hits >= HITS_OF_A_PIECE or late or number == len(groups):
                pieces.add(first, number, _together(kept))
                kept, hits, started, first = [], 0, time.monotonic(), number
    finally:
        counting.end()
    return not_finite


def predict_all(
    network: Network, events: Events, groups: list[Group], truth: bool = False
) -> Iterator[PredictedEvents]:
    """Yield what a network says of groups of events, numbered over all parts; `truth`: with the truth that there is."""
    for part, grouped in groupby(groups, key=itemgetter(0)):
        own = list(grouped)
        found = predict_events(network, events.source, events.loader, part, [group for _, group, _ in own], truth)
        for (_, group, first), predicted in zip(own, found, strict=True):
            yield replace(predicted, numbers=first + np.arange(len(group)))


def _together(kept: list[Mapping[str, Rows]]) -> dict[str, Rows]:
    return {
        table: {name: np.concatenate([rows[table][name] for rows in kept]) for name in kept[0][table]}
        for table in kept[0]
    }


def _count_not_finite(predicted: PredictedEvents, found: dict[str, int]) -> None:
    """Count, by output, the events in which it is not finite."""
    for name, values in predicted.outputs.items():
        if values.size and values.dtype.kind == "f" and not np.isfinite(values).all():
            bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
            found[name] = found.get(name, 0) + len(np.unique(predicted.event_of_hit[bad]))
