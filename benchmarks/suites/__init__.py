"""The suites by name. Each has `cases()` and `CONTENDERS`: name to a function that prepares what is timed."""

from __future__ import annotations

import importlib
from typing import Any

SUITES = (
    *("check", "knn", "aggregation", "condensation", "clustering", "threads", "feeding", "serve", "step"),
    *("records", "farm", "ranks"),
)


def load(name: str) -> Any:
    """Import a suite."""
    return importlib.import_module(f"{__name__}.{name}")
