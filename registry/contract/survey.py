"""What a source can tell of the data behind it, before any filter: hits, objects, and every column as it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple

from registry.contract.records import record

if TYPE_CHECKING:
    import numpy as np

    from registry.contract.data import Source


class StoredColumn(NamedTuple):
    """Some values of a column, flat; `missing`: how many more are null; `rows`: how many rows or events they are of."""

    name: str
    values: np.ndarray
    missing: int = 0
    rows: int = 0


@record(eq=False)
class StoredTruth:
    """Objects as files have them, of all events.

    `objects`: those with a hit, int64 [events]; `listed`: those that a table lists, int64 [events], None without one;
    `hits`: hits of each object, int64 [objects]; `noise`: hits of none; `shared`: hits that several objects share.
    """

    objects: np.ndarray
    listed: np.ndarray | None
    hits: np.ndarray
    noise: int
    shared: int


@record(eq=False)
class Survey:
    """What is behind a source.

    `files`: their names; `sizes`: hits of every event, int64 [events]; `columns`: every column, in pieces that fit into
    memory, read while they are iterated over; `used`: names of the columns that the description names; `units`: of
    columns; `names`: what the columns of each output are called.
    """

    files: tuple[str, ...]
    sizes: np.ndarray
    truth: StoredTruth | None
    columns: Iterable[StoredColumn]
    used: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)


def survey_of(source: Source) -> Survey | None:
    """Return what a source tells of the data behind it, by its method `survey()`; None if it has none."""
    own = getattr(source, "survey", None)
    found: Survey | None = own() if own is not None else None
    return found
