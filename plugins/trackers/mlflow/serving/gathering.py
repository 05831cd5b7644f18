"""Makes a database of its own of what a folder holds: a store of mlflow 3 or 2, runs that are kept as plain files."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from registry.contract.errors import RunError
from registry.plugins.trackers.folder.layout import RUN_FILE
from registry.plugins.trackers.mlflow.client import LOCAL_DATABASE, SQLITE, open_client
from registry.plugins.trackers.mlflow.serving.moved import relocate
from registry.plugins.trackers.mlflow.serving.plain_files import add_history, add_runs

DATABASE = LOCAL_DATABASE.name

_REVISION = re.compile(r"""^(down_)?revision(?::[^=]*)? = ["'](\w+)["']""", re.MULTILINE)


def gather(folder: Path, target: Path, say: Callable[[str], None]) -> int:
    """Write the database `target` with all runs in a folder, and return their number; the folder is only read.

    Of runs that are kept as plain files it has the last value of every metric; `add_histories` adds the others.
    Raises RunError if there are none, or if a store cannot be read.
    """
    folder = _with_runs(folder)
    plain = _plain(folder)
    if (folder / DATABASE).is_file():
        _copy(folder / DATABASE, target)
    elif any(folder.glob("*/meta.yaml")):
        say(f"{folder} is a store of mlflow 2: it is translated, which takes a while")
        _mlflow(["migrate-filestore", "--source", str(folder), "--target", f"sqlite:///{target}", "--no-progress"])
    elif not plain:
        raise RunError(
            f"{folder} holds no runs: expected {DATABASE}, the folders of a store of mlflow 2, or runs/*/{RUN_FILE}\n"
            "  name the folder `mlruns` of the machine that has trained, or the folder that it lies in"
        )
    if not target.exists():
        open_client(f"sqlite:///{target}").search_experiments(max_results=1)
    _bring_up_to_date(target, say)
    with closing(sqlite3.connect(target)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        relocate(database, folder)
        add_runs(database, plain)
        database.commit()
        # What is shown is read while histories are added.
        database.execute("PRAGMA journal_mode = WAL")
        return int(database.execute("SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'").fetchone()[0])


def add_histories(folder: Path, target: Path) -> None:
    """Add all values of metrics of the runs that are kept as plain files, run by run: the pages are shown meanwhile."""
    with closing(sqlite3.connect(target, timeout=60)) as database:
        database.execute("PRAGMA synchronous = OFF")
        for run in _plain(_with_runs(folder)):
            with database:
                add_history(database, run)


def _with_runs(folder: Path) -> Path:
    inside = folder / LOCAL_DATABASE.parent.name
    return (inside if inside.is_dir() else folder).absolute()


def _plain(folder: Path) -> list[Path]:
    return [file.parent for file in folder.glob(f"runs/*/{RUN_FILE}")]


def _copy(source: Path, target: Path) -> None:
    """Copy a database with what stands in its journal: a folder that cannot be written to cannot be asked by SQL."""
    try:
        with source.open("rb") as file:
            if file.read(len(SQLITE)) != SQLITE:
                raise RunError(f"{source} is no SQLite database")
        for ending in ("", "-wal", "-journal"):
            if (part := source.with_name(source.name + ending)).exists():
                shutil.copyfile(part, target.with_name(target.name + ending))
        with closing(sqlite3.connect(target)) as database:
            fault = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (OSError, sqlite3.DatabaseError) as error:
        raise RunError(f"{source} cannot be read: {error}") from error
    if fault != "ok":
        raise RunError(f"{source} is damaged: {fault}\n  was it copied while a training wrote to it? copy it again")


def _bring_up_to_date(database: Path, say: Callable[[str], None]) -> None:
    """Change the copy of a store of another version of mlflow into one that this version reads."""
    with closing(sqlite3.connect(database)) as opened:
        try:
            found = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError as error:
            raise RunError(f"the database holds no store of mlflow: {error}") from error
    if found is None or found[0] != _newest_schema():
        say("the store is one of another version of mlflow: its copy is translated")
        _mlflow(["db", "upgrade", f"sqlite:///{database}"])


def _newest_schema() -> str:
    """Return the revision of the database that the installed mlflow writes, as its migrations say."""
    spec = find_spec("mlflow")
    folders = spec.submodule_search_locations if spec else None
    files = Path(next(iter(folders or []), "")).glob("store/db_migrations/versions/*.py")
    known: dict[str, set[str]] = {"": set(), "down_": set()}
    for file in files:
        for kind, revision in _REVISION.findall(file.read_text(encoding="utf-8")):
            known[kind].add(revision)
    return next(iter(known[""] - known["down_"]), "")


def _mlflow(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "mlflow", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise RunError(f"`mlflow {' '.join(arguments[:2])}` failed: {' '.join(last)}")
