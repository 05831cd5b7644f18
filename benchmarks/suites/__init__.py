"""The suites: every module here.

Each has `cases()` and `CONTENDERS`, name to a function preparing what is timed; one with figures to reach, `TARGETS`;
one whose contenders are measured in turns, their names, `PAIRED`.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

SUITES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(name: str) -> Any:
    """Import a suite."""
    return importlib.import_module(f"{__name__}.{name}")
