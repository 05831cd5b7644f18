"""Least values of columns, which have to have a logarithm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from registry.contract.data import DataError


class Least:
    """Gathers the least value of columns; `names` are those of the columns."""

    def __init__(self, names: Sequence[str], offset: float, floor: float | None) -> None:
        self._names, self._offset, self._floor = names, offset, floor
        self._least, self._bad = np.full(len(names), np.inf), np.zeros(len(names), np.int64)

    def add(self, values: np.ndarray) -> None:
        """Take the columns of some hits, float64 [hits, columns]."""
        if len(values):
            self._least = np.minimum(self._least, values.min(axis=0) + self._offset)
            self._bad += (values + self._offset <= 0).sum(axis=0)

    def found(self) -> list[np.ndarray]:
        """Return the least values; raises DataError for one that has no logarithm."""
        if self._floor is not None:
            return [np.full(len(self._names), self._floor)]
        bad = np.flatnonzero(self._bad)
        if len(bad):
            column, count = int(bad[0]), int(self._bad[bad[0]])
            what = f"{self._names[column]!r} + {self._offset:g}" if self._offset else repr(self._names[column])
            message = f"there is no logarithm of {what} for {count} hits of the training events"
            hint = "set `floor` to the lowest value that makes sense, or `offset`"
            raise DataError(f"{message}: the least is {self._least[column]:g}", "floor", hint)
        return [self._least]
