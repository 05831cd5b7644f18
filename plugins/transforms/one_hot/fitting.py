"""The distinct values of columns, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from registry.contract.data import DataError

NONE = 3.0e38
"""Stands where there is no category: a value that no hit has, and that a model may hold."""


class Categories:
    """Gathers the distinct values of columns, of which there may be so many; `names` are those of the columns."""

    def __init__(self, names: Sequence[str], most: int, values: Sequence[int] | None) -> None:
        self._names, self._most, self._values = names, most, values
        self._seen = [np.zeros(0) for _ in names]

    def add(self, values: np.ndarray) -> None:
        """Take the columns of some hits, float64 [hits, columns]; raises DataError for what is no category."""
        for column, name in enumerate(self._names):
            found = np.unique(values[:, column])
            broken = found[found != np.rint(found)]
            if len(broken):
                message = f"column {name!r} is {broken[0]:g} in a training event: a category is a whole number"
                raise DataError(message, "columns", "does the loader scale it?")
            self._seen[column] = np.union1d(self._seen[column], found)
            if self._values is None and len(self._seen[column]) > self._most:
                message = f"column {name!r} has more than {self._most} values in the training events"
                raise DataError(message, "categories", "raise `categories`")

    def found(self) -> list[np.ndarray]:
        """Return the categories [categories, columns]; NONE where there is none."""
        made = np.full((self._most, len(self._names)), NONE)
        for column, seen in enumerate(self._seen):
            own = seen if self._values is None else np.array(self._values, np.float64)
            made[: len(own), column] = own
        return [made]
