"""What some events of a file became, and what is counted of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from registry.plugins.loaders.events import Events


@dataclass(eq=False)
class Built:
    """What some events of a file became: `events`, the `ids` that the file has, and `kept`, their numbers in the file.

    `removed` counts what filters took away; `groups`: what keeps events together in a split; `skipped`: why events were
    left out.
    """

    events: Events
    ids: Events
    kept: np.ndarray
    removed: Counter[str] = field(default_factory=Counter)
    doubts: tuple[str, ...] = ()
    groups: np.ndarray | None = None
    skipped: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes that it holds in memory."""
        return sum(column.nbytes for part in (self.events, self.ids) for column in part.columns.values())


def joined(parts: Sequence[Built]) -> Built:
    """Return the events of several parts as one."""
    if not parts:
        return Built(Events({}, np.zeros(1)), Events({}, np.zeros(1)), np.zeros(0, np.int64))
    removed: Counter[str] = Counter()
    for one in parts:
        removed.update(one.removed)
    groups = [one.groups for one in parts if one.groups is not None]
    return Built(
        Events.concatenate([one.events for one in parts]),
        Events.concatenate([one.ids for one in parts]),
        np.concatenate([one.kept for one in parts]),
        removed,
        tuple(dict.fromkeys(doubt for one in parts for doubt in one.doubts)),
        np.concatenate(groups) if groups else None,
    )


@dataclass(frozen=True, eq=False)
class Counted:
    """Hits and objects of some events before any filter; `objects` and `listed` are None where nothing says them.

    `sizes`, `objects` (with a hit), `listed` (in a table): int64 [events]; `hits`: of each object, int64 [objects].
    """

    sizes: np.ndarray
    objects: np.ndarray | None
    listed: np.ndarray | None
    hits: np.ndarray
    noise: int
    shared: int
