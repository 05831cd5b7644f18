"""Quantiles of columns, of all hits or of some that stand for them."""

from __future__ import annotations

import numpy as np

SEED = 0
"""Of the drawing of hits that stand for all."""


class Quantiles:
    """Gathers values of equal shares, from a sample in which every hit is as likely (J. S. Vitter, algorithm R)."""

    def __init__(self, columns: int, quantiles: int, sample: int) -> None:
        self._quantiles, self._size, self._seen = quantiles, sample, 0
        self._kept = np.zeros((0, columns))
        self._random = np.random.default_rng(SEED)

    def add(self, values: np.ndarray) -> None:
        """Take the columns of some hits, float64 [hits, columns]."""
        free = self._size - len(self._kept)
        self._kept = np.concatenate([self._kept, values[:free]])
        rest = values[free:]
        number = self._seen + min(free, len(values)) + np.arange(len(rest))
        place = self._random.integers(0, number + 1)
        taken = place < self._size
        self._kept[place[taken]] = rest[taken]
        self._seen += len(values)

    def found(self) -> list[np.ndarray]:
        """Return the values, from the least to the greatest."""
        return [np.quantile(self._kept, np.linspace(0, 1, self._quantiles), axis=0)]
