"""What runs could not record is looked for in every folder that may hold it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from registry.contract.errors import RunError
from registry.tracking.undelivered import undelivered


@pytest.mark.parametrize("closed", ["", "local", "local/a-run"])
def test_a_folder_that_may_not_be_entered_is_not_taken_for_an_empty_one(
    closed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mlruns"
    (folder / "local" / "a-run").mkdir(parents=True)
    assert undelivered(folder) == []
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder / closed and may(path, mode))
    with pytest.raises(RunError, match=f"{folder / closed} cannot be read: Permission denied"):
        undelivered(folder)
