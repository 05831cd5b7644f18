"""Least and greatest values of columns, piece by piece."""

from __future__ import annotations

import numpy as np


class Extremes:
    """Gathers the least and the greatest value of columns."""

    def __init__(self, columns: int) -> None:
        self._least, self._greatest = np.full(columns, np.inf), np.full(columns, -np.inf)

    def add(self, values: np.ndarray) -> None:
        """Take the columns of some hits, float64 [hits, columns]."""
        if len(values):
            self._least = np.minimum(self._least, values.min(axis=0))
            self._greatest = np.maximum(self._greatest, values.max(axis=0))

    def found(self) -> list[np.ndarray]:
        """Return least and greatest values."""
        return [self._least, self._greatest]
