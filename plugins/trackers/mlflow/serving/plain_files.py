"""Adds runs that the tracker `folder` keeps to a database of mlflow."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from registry.contract.tracker import DRAWING
from registry.plugins.trackers.folder.layout import FILES, METRICS_FILE, PARAMETERS_FILE, RUN_FILE, TAGS_FILE
from registry.plugins.trackers.mlflow.names import NOTE, accepted, clean_name, note

METRIC = "(key, value, is_nan, timestamp, step, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"
"""The columns of the tables of metrics."""

_clean_name = cache(clean_name)

RUN_TAG = "run.folder"
"""The tag with the folder that holds the run."""


def add_runs(database: sqlite3.Connection, folders: Iterable[Path]) -> None:
    """Add the runs in folders of their own: parameters, tags, last values of metrics and the place of their files."""
    experiments = dict(database.execute("SELECT name, experiment_id FROM experiments").fetchall())
    for folder in sorted(folders):
        head = _json(folder / RUN_FILE)
        name = str(head.get("experiment") or "Default")
        if name not in experiments:
            made = database.execute(
                "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)"
                " VALUES (?, ?, 'active', ?, ?)",
                (name, folder.parent.as_posix(), *2 * [_milliseconds(head.get("started"))]),
            )
            experiments[name] = made.lastrowid
        _add(database, folder, head, int(experiments[name]))


def _add(database: sqlite3.Connection, folder: Path, head: Mapping[str, Any], experiment: int) -> None:
    run = _run(folder)
    end = _milliseconds(head["ended"]) if head.get("ended") else None
    files = (folder / FILES).as_posix()
    name, command = str(head.get("name", folder.name)), str(head.get("command", ""))
    row = (run, name, command, head.get("status"), _milliseconds(head.get("started")), end, files, experiment)
    database.execute(
        "INSERT OR IGNORE INTO runs (run_uuid, name, source_type, source_name, user_id, status, start_time, end_time,"
        " lifecycle_stage, artifact_uri, experiment_id) VALUES (?, ?, 'LOCAL', ?, '', ?, ?, ?, 'active', ?, ?)",
        row,
    )
    described = str(head.get("description") or "")
    shown = note(described, run) if (folder / FILES / DRAWING).is_file() else described
    own = {"mlflow.runName": name, "mlflow.source.name": command, RUN_TAG: folder.name, NOTE: shown}
    tags = {clean_name(key): str(value) for key, value in _json(folder / TAGS_FILE).items()} | own
    parameters = accepted({key: str(value) for key, value in _json(folder / PARAMETERS_FILE).items()})
    for table, items in (("tags", tags), ("params", parameters)):
        rows = [(key, value, run) for key, value in items.items()]
        database.executemany(f"INSERT OR IGNORE INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)", rows)
    last = {point[0]: (*point, run) for point in _points(folder / METRICS_FILE)}
    database.executemany(f"INSERT OR REPLACE INTO latest_metrics {METRIC}", last.values())


def add_history(database: sqlite3.Connection, folder: Path) -> None:
    """Add all values of the metrics of a run that is there with its last ones."""
    run = _run(folder)
    database.executemany(
        f"INSERT OR IGNORE INTO metrics {METRIC}", [(*point, run) for point in _points(folder / METRICS_FILE)]
    )


def _run(folder: Path) -> str:
    """Return what mlflow calls a run: its identifiers have letters and digits only, and one length."""
    return hashlib.sha256(folder.name.encode()).hexdigest()[:32]


def _points(file: Path) -> Iterator[tuple[str, float, bool, int, int]]:
    """Yield name, value, whether it is nan, milliseconds, step; the last line of a run that was killed may be cut."""
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        for name, written in record["metrics"].items():
            value = float(written)
            kept = 0.0 if math.isnan(value) else min(max(value, -sys.float_info.max), sys.float_info.max)
            yield _clean_name(name), kept, math.isnan(value), _milliseconds(record["time"]), int(record["step"])


def _milliseconds(seconds: Any) -> int:
    return round(1000 * float(seconds or 0))


def _json(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
