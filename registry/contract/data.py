"""What a loader hands to the engine: columns of hits with row splits, split into parts, batched by hits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")

Columns: TypeAlias = "Mapping[str, np.ndarray]"
"""Arrays by output port of the loader, each [hits, width]; "row_splits" is int32 [events+1]."""


class DataError(Exception):
    """Data cannot be used: a missing file or column, values that are not finite, row splits that do not fit."""

    def __init__(self, message: str, parameter: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.parameter, self.hint = message, parameter, hint


class Source(Protocol):
    """The events of a loader.

    It may have more: `original(part, events)` returns ids as its files have them, where `read` numbers them anew (see
    `original_ids`); `shuffled(part, random)` returns the order in which an epoch of training takes the events, where
    not every order can be read quickly (see `shuffled_events`); `doubts` are sentences that are shown as warnings
    before training, `notes` sentences that are shown with the sizes of the parts; `counts` numbers that a run records
    as metrics `data/NAME`, such as those of the events that were skipped; `members(part)` returns numbers that say
    which events of the data a part has, [events, n], instead of their names (see `digest_of_part`); `units` what
    columns are counted in, "features.3", that the unit of an output does not say.
    """

    def sizes(self, part: Part) -> np.ndarray:
        """Return the number of hits of every event of a part, int64 [events]."""
        ...

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        """Return the columns of the given events (positions within the part), one after the other.

        `epoch` is None outside training; in training it may choose the augmentation, so that a run can be repeated.
        Then events may have fewer hits than `sizes` says.
        """
        ...

    def describe(self, part: Part, event: int) -> str:
        """Return a name for one event that its user can find again (file and number)."""
        ...

    def fingerprint(self) -> str:
        """Return a hash of what the data are: file contents, or the generator's options and seed."""
        ...


def original_ids(source: Source, part: Part, events: np.ndarray) -> Columns:
    """Return the ids of the given events as their files have them, each [hits, 1], by the port that numbers them anew.

    Empty for a source that hands ids on as they are.
    """
    original = getattr(source, "original", None)
    columns: Columns = original(part, events) if original else {}
    return columns


def digest_of_part(source: Source, part: Part) -> str:
    """Return a hash of which events of the data a part has, in their order, whatever the events hold."""
    import hashlib

    import numpy as np

    own = getattr(source, "members", None)
    if own is not None:
        return hashlib.sha256(np.ascontiguousarray(own(part), dtype="<i8").tobytes()).hexdigest()
    names = (source.describe(part, event) for event in range(len(source.sizes(part))))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def shuffled_events(source: Source, part: Part, random: np.random.Generator) -> np.ndarray:
    """Return the events of a part in the order in which an epoch of training takes them, int64 [events]."""
    own = getattr(source, "shuffled", None)
    order: np.ndarray = own(part, random) if own else random.permutation(len(source.sizes(part)))
    return order


class Preview(NamedTuple):
    """A source of a loader's events that is read in a moment; `complete`: of all of them, else of the first few."""

    source: Source
    complete: bool
