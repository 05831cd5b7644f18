"""Mean and standard deviation of columns, piece by piece."""

from __future__ import annotations

import numpy as np


class Moments:
    """Gathers the mean and the variance of columns (T. F. Chan, G. H. Golub, R. J. LeVeque, STAN-CS-79-773)."""

    def __init__(self, columns: int, together: bool) -> None:
        self._hits, self._together = 0, together
        self._mean, self._squares = np.zeros(columns), np.zeros(columns)

    def add(self, values: np.ndarray) -> None:
        """Take the columns of some hits, float64 [hits, columns]."""
        if not len(values):
            return
        hits, mean = len(values), values.mean(axis=0)
        total, apart = self._hits + hits, mean - self._mean
        self._squares += ((values - mean) ** 2).sum(axis=0) + apart**2 * (self._hits * hits / total)
        self._mean += apart * (hits / total)
        self._hits = total

    def found(self) -> list[np.ndarray]:
        """Return mean and standard deviation; 1 for a column that never varies."""
        variance = self._squares / max(self._hits, 1)
        if self._together:
            variance = np.full_like(variance, variance.mean())
        return [self._mean, np.where(variance > 0, np.sqrt(variance), 1.0)]
