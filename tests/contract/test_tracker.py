"""A tracker that lacks a method is found before anything is recorded."""

from __future__ import annotations

import pytest

from registry.contract.run_store import RunStore
from registry.contract.tracker import Tracker


class HalfTracker(Tracker):
    """Starts, and records nothing."""

    def start(self, info: object) -> None:
        """Do nothing."""


class HalfStore(RunStore):
    """Knows nothing of runs."""


@pytest.mark.parametrize(("kind", "missing"), [(HalfTracker, "finish"), (HalfStore, "find")])
def test_what_lacks_a_method_cannot_be_made(kind: type, missing: str) -> None:
    with pytest.raises(TypeError, match=missing):
        kind()
