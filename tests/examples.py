"""How many examples a property is tried on."""

from __future__ import annotations

from hypothesis import settings


def examples(number: int) -> settings:
    """Return settings for `number` examples; for fewer where the run leaves out slow tests (tests/conftest.py)."""
    return settings(max_examples=min(number, settings().max_examples))
