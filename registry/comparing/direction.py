"""Whether more or less of a metric is better, as far as its name says."""

from __future__ import annotations

import re
from typing import Literal

from registry.contract.errors import InputError, Problem
from registry.measuring.metrics import BY_NAME

Direction = Literal["min", "max"]

LESS = re.compile(
    r"loss|fakes?|splits?|merged?|merges|resolution|residual|errors?|seconds|memory|weights|bias|mse|mae|rmse|"
    r"outliers?|duplicates?|lost|missed"
)
"""Words in names of metrics of which less is better."""

MORE = re.compile(
    r"efficiency|purity|completeness|containment|accuracy|matched|auc|precision|recall|f1|v|rand|homogeneity|iou"
)
"""Words of which more is better."""


def direction_of(metric: str) -> Direction | None:
    """Return whether more or less is better: what a figure of merit declares, else the last word that says so.

    None if neither does: a "response", say, is best at 1.
    """
    declared = BY_NAME.get(metric.rpartition("/")[2])
    if declared is not None:
        return {"higher": "max", "lower": "min"}.get(declared.better)  # type: ignore[return-value]
    for word in reversed(re.split(r"[^a-z0-9]+", metric.lower())):
        if LESS.fullmatch(word):
            return "min"
        if MORE.fullmatch(word):
            return "max"
    return None


def require_direction(metric: str, given: str) -> Direction:
    """Return the direction that was given, or else that of the name; raises InputError if neither says it."""
    if given in ("min", "max"):
        return "min" if given == "min" else "max"
    found = direction_of(metric)
    if found is None:
        message = f"metric {metric!r}: whether less or more of it is better is not known"
        raise InputError([Problem(message, hint="say it: --mode min or --mode max (from Python: mode='min')")])
    return found
