"""Statistics of columns that are seen in pieces: exact sums of whole numbers, extremes, means, distinct values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_DISTINCT = 5_000_000
"""Distinct values of a column that are counted; of more it is said that there are more."""

_LOW = 2**32 - 1


class ColumnStatistics:
    """What is known of a column after some of its values; `add` takes more."""

    def __init__(self) -> None:
        self.dtype = ""
        self.n = self.missing = self.n_nan = self.n_nonfinite = 0
        self._whole = 0
        self._sums: list[float] = []
        self._least: Any = None
        self._greatest: Any = None
        self._distinct: np.ndarray | None = None
        self.more = False

    def add(self, values: np.ndarray, missing: int = 0) -> None:
        """Take some more values, [n] of any type of number."""
        if not self.n or not self.dtype:
            self.dtype = str(values.dtype.newbyteorder("="))
        self.n += len(values)
        self.missing += missing
        if not len(values):
            # An event without hits has columns of any type.
            return
        finite = values
        if values.dtype.kind == "f":
            kept = np.isfinite(values)
            self.n_nan += int(np.isnan(values).sum())
            self.n_nonfinite += int(len(values) - kept.sum())
            finite = values if kept.all() else values[kept]
            self._sums.append(float(finite.sum(dtype=np.float64)))
        else:
            self._whole += exact_sum(values)
        if len(finite):
            least, greatest = _plain(finite.min()), _plain(finite.max())
            self._least = least if self._least is None else min(self._least, least)
            self._greatest = greatest if self._greatest is None else max(self._greatest, greatest)
            self._count(finite)

    def _count(self, values: np.ndarray) -> None:
        if self.more:
            return
        own = np.unique(values)
        self._distinct = own if self._distinct is None else np.union1d(self._distinct, own)
        if len(self._distinct) > MOST_DISTINCT:
            self.more, self._distinct = True, self._distinct[:0]

    @property
    def distinct(self) -> int:
        """How many values there are, nan and infinity left out; the most that are counted if there are more."""
        return MOST_DISTINCT if self.more else 0 if self._distinct is None else len(self._distinct)

    @property
    def constant(self) -> bool:
        """Whether all values are the same."""
        return self.n > 1 and self.distinct <= 1 and not self.n_nonfinite

    def plain(self) -> dict[str, Any]:
        """Return the statistics as plain values; sums of whole numbers are exact."""
        whole = not self._sums
        total = self._whole if whole else math.fsum([self._whole, *self._sums])
        n_finite = self.n - self.n_nonfinite
        least, greatest = self._least, self._greatest
        if isinstance(least, bool):
            least, greatest = int(least), int(greatest)
        return {
            "dtype": self.dtype,
            "n": self.n,
            "n_missing": self.missing,
            "n_nan": self.n_nan,
            "n_nonfinite": self.n_nonfinite,
            "sum": total,
            "min": least,
            "max": greatest,
            "mean": total / n_finite if n_finite else None,
            "distinct": self.distinct,
            "distinct_is_all": not self.more,
            "constant": self.constant,
        }


def _plain(value: np.generic) -> Any:
    """Return a number of Python; NumPy has none for floats of more than 64 bits but itself."""
    return float(value) if value.dtype.kind == "f" else value.item()


def exact_sum(values: np.ndarray) -> int:
    """Return the sum of whole numbers or truth values, without overflow."""
    if values.dtype.itemsize < 8:
        return int(values.sum(dtype=np.int64))
    high, low = values >> 32, values & np.array(_LOW, values.dtype)
    return int(high.sum(dtype=np.int64)) * 2**32 + int(low.astype(np.uint64).sum())


@dataclass(frozen=True)
class Counts:
    """How many there are in each event."""

    n_events: int
    total: int
    min: int | None
    median: float | None
    max: int | None
    first5: tuple[int, ...]
    n_empty: int

    @classmethod
    def of(cls, counts: np.ndarray) -> Counts:
        """Return the counts of an array, int64 [events]."""
        some = bool(len(counts))
        return cls(
            len(counts),
            int(counts.sum()),
            int(counts.min()) if some else None,
            float(np.median(counts)) if some else None,
            int(counts.max()) if some else None,
            tuple(int(count) for count in counts[:5]),
            int((counts == 0).sum()),
        )

    @property
    def text(self) -> str:
        """Return "8 to 38, median 22"."""
        return "none" if self.min is None else f"{self.min:,} to {self.max:,}, median {self.median:,g}"
