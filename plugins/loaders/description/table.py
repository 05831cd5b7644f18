"""What a format hands over: a table of rows, whose columns hold one value, a list or a list of lists for each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from registry.plugins.shared.expression_grammar import OBJECT


@dataclass(frozen=True)
class ColumnType:
    """What a column holds: `depth` 0 is one value for each row, 1 a list, 2 a list of lists.

    `fault`: why it is no column that can be read ("expected a flat array, received shape [30, 3]"); `rows`: how many it
    has, where a file's columns may differ in that.
    """

    dtype: np.dtype
    depth: int = 0
    fault: str = ""
    rows: int | None = None


@dataclass(frozen=True, eq=False)
class Values:
    """The values of a column in some rows, flat.

    `values` [n], in the byte order of this machine; `splits`: from the outermost list inwards, where each list starts
    and the last one ends; `missing` [n]: which values are null in the file, None if none is.
    """

    values: np.ndarray
    splits: tuple[np.ndarray, ...] = ()
    missing: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", native(self.values))


def native(values: np.ndarray) -> np.ndarray:
    """Return values in the byte order of this machine; those that have it are not copied."""
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def of_objects(name: str, types: Mapping[str, ColumnType]) -> str:
    """Return what a table calls a column of its objects."""
    own = f"{OBJECT}.{name}"
    return own if own in types else name


class Table(Protocol):
    """The rows of one file; nothing but names, types and the number of rows is read before `read` is called.

    A column of objects may be called "object.NAME", where a format keeps objects apart from hits. A table may have
    `truth`, the names of columns of hits that only simulated events have, `one_event`: all its rows are one event, and
    `hint`: what to write where the file keeps every event apart, which this table does not read.
    """

    @property
    def name(self) -> str:
        """What messages call it, the name of its file."""
        ...

    @property
    def rows(self) -> int:
        """The number of rows."""
        ...

    @property
    def types(self) -> Mapping[str, ColumnType]:
        """What each column holds, by its name."""
        ...

    @property
    def pieces(self) -> np.ndarray:
        """Rows at which a piece starts that is read at once (a row group, a basket), and the number of rows, int64."""
        ...

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the rows from `start` to before `stop`; raises DataError for a damaged file."""
        ...

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole array that lies beside the table, such as offsets; None if there is none of that name."""
        ...

    def arrays(self) -> Iterable[str]:
        """Return the names of what `array` returns."""
        ...
