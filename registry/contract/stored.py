"""Events as their files have them, before any filter, and how they are described once they lie in another file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from registry.contract.records import record

if TYPE_CHECKING:
    import numpy as np


@record(eq=False)
class StoredEvents:
    """Some whole events, one after the other.

    `sizes`: hits of each, int64 [events]; `hits`: columns of the hits by name, [hits]; `events`: columns that have one
    value for an event, [events], numbers or texts.
    """

    sizes: np.ndarray
    hits: Mapping[str, np.ndarray]
    events: Mapping[str, np.ndarray]


class Stored(Protocol):
    """The events of a loader's files, in groups that are read at once; a group is of one file."""

    @property
    def files(self) -> Sequence[str]:
        """The files."""
        ...

    @property
    def groups(self) -> Sequence[tuple[int, int]]:
        """The file of each group, by its place among `files`, and how many events it has."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What of the files is not among the columns, a sentence each."""
        ...

    def read(self, group: int) -> StoredEvents:
        """Return the events of a group; raises DataError for those that cannot be read."""
        ...

    def described(self, event_column: str) -> dict[str, Any]:
        """Return the loader's parameters for these columns, but for those that say where they lie.

        `event_column`: what a column of events is called, with `{}` for its name.
        """
        ...

    def fingerprint(self) -> str:
        """Return a hash of the files, and of what is read of them."""
        ...
