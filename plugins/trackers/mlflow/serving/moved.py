"""Finds the files of runs again whose folder lies elsewhere now."""

from __future__ import annotations

import re
import sqlite3
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

_PLACES = (
    ("runs", "run_uuid", "artifact_uri", re.compile(r"/[^/]+/artifacts$")),
    ("logged_models", "model_id", "artifact_location", re.compile(r"/models/[^/]+/artifacts$")),
    ("experiments", "experiment_id", "artifact_location", re.compile(r"$")),
)
"""Tables with places of files: their key, the column, and what follows the experiment's own folder in it."""


def relocate(database: sqlite3.Connection, folder: Path) -> None:
    """Write into a copied database where the files lie now: below `folder`, the absolute `mlruns` of the copy.

    Only folders of experiments are looked for, each once: a look takes long in a folder of another machine.
    """

    @cache
    def now(before: str) -> str | None:
        return _below(before, folder)

    for table, key, column, tail in _PLACES:
        rows = database.execute(f"SELECT {key}, {column} FROM {table}").fetchall()
        for name, place in rows:
            head = tail.sub("", place or "")
            found = now(head) if head else None
            if found:
                database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (found + place[len(head) :], name))


def _below(place: str, folder: Path) -> str | None:
    """Return where an experiment's folder lies below `folder`; None if it is not there, or on no file system."""
    address = urlparse(place)
    if address.scheme not in ("", "file"):
        return None
    parts = PurePosixPath(unquote(address.path)).parts
    for start in range(len(parts)):
        candidate = folder.joinpath(*(part for part in parts[start:] if part != "/"))
        if candidate != folder and candidate.is_dir():
            return candidate.as_posix()
    return None
