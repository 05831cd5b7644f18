"""Values with their errors: binomial intervals, effective sigma, and the bootstrap over events."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from registry.measuring.choices import Interval

ONE_SIGMA = 0.6826894921370859
"""The probability within one standard deviation of a normal distribution."""


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval of one standard deviation; nan where nothing was counted."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def known(self) -> bool:
        """Whether anything was counted."""
        return not math.isnan(self.value)

    @property
    def error(self) -> float:
        """Half the interval."""
        return (self.high - self.low) / 2


def binomial(passed: float, total: float, interval: Interval = "wilson") -> Estimate:
    """Return `passed / total` with Wilson's or Clopper and Pearson's interval of one standard deviation.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404.
    """
    if not total:
        return Estimate()
    value = passed / total
    low, high = wilson(passed, total) if interval == "wilson" else clopper_pearson(passed, total)
    return Estimate(value, low, high)


def wilson(passed: float, total: float) -> tuple[float, float]:
    """Return the ends `(p + 1/(2n) -+ sqrt(p (1 - p)/n + 1/(4 n^2))) / (1 + 1/n)`, for one standard deviation."""
    share = passed / total
    centre = (share + 1 / (2 * total)) / (1 + 1 / total)
    half = math.sqrt(share * (1 - share) / total + 1 / (4 * total**2)) / (1 + 1 / total)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def clopper_pearson(passed: float, total: float) -> tuple[float, float]:
    """Return the ends within which at least 68.27 % of repetitions cover the true share."""
    from scipy.stats import beta

    tail = (1 - ONE_SIGMA) / 2
    low = float(beta.ppf(tail, passed, total - passed + 1)) if passed > 0 else 0.0
    high = float(beta.isf(tail, passed + 1, total - passed)) if passed < total else 1.0
    return low, high


def mean(values: np.ndarray) -> Estimate:
    """Return the mean of `values` [n] with its standard error `s / sqrt(n)`; the interval of one value is unknown."""
    if not len(values):
        return Estimate()
    value = float(values.mean())
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return Estimate(value, value - error, value + error)


def effective_sigma(values: np.ndarray) -> float:
    """Return half the width of the narrowest interval that holds 68.27 % of `values` [n]; nan for fewer than two."""
    count = len(values)
    if count < 2:
        return math.nan
    held = min(count, max(2, math.ceil(ONE_SIGMA * count)))
    ordered = np.sort(values)
    return float((ordered[held - 1 :] - ordered[: count - held + 1]).min()) / 2


def resamplings(events: int, replicas: int, seed: int) -> np.ndarray:
    """Return how often each event is drawn in each replica of a bootstrap, int64 [replicas, events]; seeded."""
    if not events:
        return np.zeros((replicas, 0), np.int64)
    return np.random.default_rng(seed).multinomial(events, np.full(events, 1 / events), size=replicas)


def spread(replicas: np.ndarray) -> float:
    """Return the standard deviation of the values of a bootstrap's replicas that are known; nan for fewer than two."""
    known = replicas[np.isfinite(replicas)]
    return float(known.std(ddof=1)) if len(known) > 1 else math.nan
