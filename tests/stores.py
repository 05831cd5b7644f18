"""Local stores of mlflow without runs: to make one takes it seconds, to copy one takes nothing."""

from __future__ import annotations

import contextlib
import tempfile
from functools import cache
from pathlib import Path

from registry.plugins.trackers.mlflow.client import LOCAL_DATABASE, LOCAL_URI, open_client


def make_store(folder: Path) -> None:
    """Put an empty store where runs of a folder are recorded, unless there is one."""
    database = folder / LOCAL_DATABASE
    if not database.exists():
        database.parent.mkdir(exist_ok=True)
        database.write_bytes(_empty())


@cache
def _empty() -> bytes:
    """Return the database that mlflow makes."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        open_client(LOCAL_URI)
        return LOCAL_DATABASE.read_bytes()
