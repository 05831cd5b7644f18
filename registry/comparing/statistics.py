"""Means over seeds with their errors, and tests of a difference over seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

CONFIDENCE = 0.95
"""Coverage of the intervals."""

MOST_EXACT = 16
"""Differences up to which every assignment of signs is tried, 2^n of them; beyond it there is no exact p-value."""

METHODS = (
    "mean \u00b1 standard error of the mean over seeds, s / sqrt(n) with the sample standard deviation s (n - 1 in the "
    "denominator); a single seed has no error",
    f"intervals over seeds: {100 * CONFIDENCE:.0f} %, Student's t with n - 1 degrees of freedom",
    "p over seeds: two-sided paired t-test on the differences between runs of equal seeds",
    "p by signs: two-sided exact permutation test, which assigns all 2^n signs to the same differences; "
    "it cannot be below 2 / 2^n",
    "where several groups are tested against one, each p is given as it is and corrected for their number (Holm)",
)
"""What the figures are, for pages and terminals."""


@dataclass(frozen=True)
class Estimate:
    """A mean over `count` values, its standard error, and the limits of its confidence interval.

    Without two values there is no error: `error`, `low` and `high` are nan.
    """

    mean: float = math.nan
    count: int = 0
    error: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is a mean."""
        return self.count > 0


def estimate(values: Iterable[float]) -> Estimate:
    """Return the mean of values with its standard error and Student's t interval; values that are not finite raise.

    Raises ValueError for a value that is not finite: it is for the caller to say whose it is.
    """
    numbers = np.asarray(list(values), dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"expected finite values, received {numbers.tolist()}")
    if not len(numbers):
        return Estimate()
    mean = float(numbers.mean())
    if len(numbers) == 1:
        return Estimate(mean, 1)
    # Of equal values the mean is rounded, and their deviations are not exactly 0.
    error = float(numbers.std(ddof=1)) / math.sqrt(len(numbers)) if np.ptp(numbers) else 0.0
    reach = _quantile(len(numbers)) * error
    return Estimate(mean, len(numbers), error, mean - reach, mean + reach)


def _quantile(count: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + CONFIDENCE / 2, count - 1))


@dataclass(frozen=True)
class Paired:
    """What differs between two groups, seed by seed: second minus first.

    `seeds`: those that both have; `difference`: its estimate; `p`: of the paired t-test, nan where the differences do
    not scatter or there are fewer than two; `p_signs`: of the exact permutation of signs, nan without one; `p_holm`:
    `p` corrected for the number of groups that are tested.
    """

    seeds: Sequence[int] = ()
    difference: Estimate = field(default_factory=Estimate)
    p: float = math.nan
    p_signs: float = math.nan
    p_holm: float = math.nan


def paired(first: Mapping[int, float], second: Mapping[int, float]) -> Paired:
    """Return what differs between two groups of values by seed, over the seeds that both have."""
    seeds = sorted(first.keys() & second.keys())
    differences = np.array([second[seed] - first[seed] for seed in seeds])
    return Paired(seeds, estimate(differences), _p_student(differences), _p_signs(differences))


def _p_student(differences: np.ndarray) -> float:
    from scipy.stats import ttest_1samp

    if len(differences) < 2 or _constant(differences):
        return math.nan
    return float(ttest_1samp(differences, 0.0).pvalue)


def _constant(values: np.ndarray) -> bool:
    """Say whether values are equal up to rounding: their scatter is none."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max(initial=0.0))


def _p_signs(differences: np.ndarray) -> float:
    """Return how often a sum of the differences with any signs lies as far from 0 as theirs."""
    count = len(differences)
    if count < 2 or count > MOST_EXACT:
        return math.nan
    bits = np.arange(2**count)[:, None] >> np.arange(count) & 1
    sums = np.abs((1 - 2 * bits) @ differences)
    # Rounding must not tell sums apart that are equal.
    return float(np.mean(sums >= abs(differences.sum()) * (1 - 1e-12)))


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's method; nan stays nan and does not count.

    Holm, Scand. J. Statist. 6 (1979) 65.
    """
    known = sorted((value, place) for place, value in enumerate(values) if not math.isnan(value))
    corrected, largest = list(values), 0.0
    for rank, (value, place) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * value))
        corrected[place] = largest
    return corrected
