"""Whether the packages that a format needs are installed."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec


def missing_package(names: Iterable[str]) -> str:
    """Return the first package that is not installed; empty if all are."""
    return next((name for name in names if find_spec(name) is None), "")
