"""Opens what keeps a study: a journal file, which processes on several machines may share, or a database."""

from __future__ import annotations

import importlib.util
import re
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import InputError, Origin, Problem, RunError
from registry.contract.secrets import without_passwords
from registry.contract.tracker import RUNS_FOLDER

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler
    from optuna.storages import BaseStorage, RDBStorage

SWEEPS = RUNS_FOLDER / "sweeps"
"""Where sweeps keep what is theirs, relative to the working folder: a folder for each study."""

JOURNAL = "study.journal"

ATTEMPTS, PAUSE = 10, 0.3
"""How often, and after how many seconds each, a database is opened whose tables somebody else is making."""

BEING_MADE = ("already exists", "duplicate key", "UNIQUE constraint")

_DATABASE = re.compile(r"(sqlite|postgresql|postgres|mysql|mariadb|oracle)(\+\w+)?:")
"""How an address begins that means a database."""

SQLITE = b"SQLite format 3"
"""How a file of SQLite begins."""

GRACE = 30
"""Seconds after which the lock of a sweep that was killed while it wrote is taken for left behind."""

RECORD = b'{"op_code":'
"""How a journal begins."""

PIP = "pip install 'registry[farm]'"


def require_optuna(sampler: str = "") -> None:
    """Raise InputError, with the line to type, if what sweeps need is not installed."""
    names = ["optuna", *(["cmaes"] if sampler == "cmaes" else [])]
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError([Problem(f"variants are chosen by {', '.join(missing)}, which is not installed", hint=PIP)])


@contextmanager
def unsaid() -> Iterator[None]:
    """Let Optuna log nothing, and warn of nothing that its users are not asked about."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def open_storage(named: str, study: str, where: Origin) -> tuple[BaseStorage, str]:
    """Return what keeps a study, and its name for messages; a file's folder is made.

    Raises InputError for a URL that names no database, RunError for one out of reach.
    """
    if "://" in named:
        from sqlalchemy.exc import ArgumentError

        place = without_passwords(named)
        try:
            return _database(named), place
        except (ImportError, ValueError, ArgumentError) as error:
            message = f"{place} names no database that can be opened: {_said(error)}"
            hint = "a file, or a URL such as postgresql+psycopg://USER@HOST/NAME or sqlite:///study.db"
            raise InputError([Problem(message, where, hint=hint)]) from error
        except Exception as error:
            raise RunError(f"the study in {place} cannot be reached: {_said(error)}") from error
    if _DATABASE.match(named):
        message = f"expected a file, or the URL of a database, received {named!r}"
        raise InputError([Problem(message, where, hint="sqlite:///study.db, postgresql+psycopg://USER@HOST/NAME")])
    path = Path(named) if named else SWEEPS / study / JOURNAL
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _journal(path, where), str(path)
    except OSError as error:
        raise RunError(f"the study cannot be kept in {path}: {error.strerror}") from error


def _journal(path: Path, where: Origin) -> BaseStorage:
    """Open a journal file; raises InputError for a file that is none, OSError for one that cannot be written."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    if not is_journal(path):
        raise InputError([Problem(f"{path} is no journal of a study", where, hint=hint_for(path))])
    # Optuna's other lock is a link to the path as given: of a relative one a sweep that was killed leaves a dangling
    # link, for which Optuna waits without an end.
    lock = JournalFileOpenLock(str(path), GRACE)
    lock.acquire()
    try:
        _cut_off(path)
    finally:
        lock.release()
    try:
        return JournalStorage(JournalFileBackend(str(path), lock))
    except (ValueError, KeyError) as error:
        raise RunError(f"the study in {path} cannot be read: {_said(error)}") from error


def is_journal(path: Path) -> bool:
    """Say whether a file is a journal, or is not there; raises OSError for one that cannot be read."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        return RECORD.startswith(file.read(len(RECORD)))


def hint_for(path: Path) -> str:
    """Return what to write in place of a file that is no journal."""
    with path.open("rb") as file:
        if file.read(len(SQLITE)) == SQLITE:
            return f"a database is named by its URL: sqlite:///{path}"
    return "another file, one that is not there yet, or the URL of a database: sqlite:///study.db"


def _cut_off(path: Path) -> None:
    """Take away the end of a journal that was being written when its machine was stopped; make a new one."""
    with path.open("a+b") as file:
        file.seek(0)
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)


@contextmanager
def reached(place: str) -> Iterator[None]:
    """Raise RunError where what keeps a study cannot be reached any more."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (StorageInternalError, SQLAlchemyError) as error:
        message = f"the study in {place} cannot be reached any more: {_said(error.__cause__ or error)}"
        raise RunError(f"{message}\n  the same command goes on, once it can") from error


def _database(address: str, attempts: int = ATTEMPTS) -> BaseStorage:
    """Open a database; of processes that do so at once in a new one, each but the first finds tables being made."""
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import DatabaseError

    try:
        opened = RDBStorage(address, engine_kwargs={"pool_pre_ping": True})
    except DatabaseError as error:
        if attempts <= 1 or not any(said in str(error) for said in BEING_MADE):
            raise
    else:
        _work_alone(opened)
        return opened
    time.sleep(PAUSE)
    return _database(address, attempts - 1)


def _work_alone(opened: RDBStorage) -> None:
    """Let nobody else write to a file of SQLite between what is read there and what is written upon it.

    Other databases lock the row of a trial that is taken from the queue; of a file two sweeps took one trial.
    """
    from sqlalchemy import event

    if opened.engine.dialect.name == "sqlite":
        event.listen(opened.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))


def _said(error: BaseException) -> str:
    return without_passwords(str(error).partition("\n")[0])


def sampler_of(name: str, seed: int | None) -> BaseSampler:
    """Return Optuna's sampler of this name."""
    from optuna import samplers

    # The points of a grid are all in the queue: Optuna's own sampler of grids has nothing to draw, and fails on those.
    if name in ("grid", "random"):
        return samplers.RandomSampler(seed=seed)
    if name == "cmaes":
        return samplers.CmaEsSampler(seed=seed)
    # Trials that run at once are kept apart.
    return samplers.TPESampler(seed=seed, constant_liar=True)


def pruner_of(name: str | None, epochs: int) -> BasePruner:
    """Return Optuna's pruner of this name; `epochs`: how many a trial has, 0 where that is not known."""
    from optuna import pruners

    if name == "median":
        return pruners.MedianPruner()
    if name == "hyperband":
        return pruners.HyperbandPruner(max_resource=epochs or "auto")
    return pruners.NopPruner()
