"""Finds the runs of a study by the file or the database that keeps it, which stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import InputError, Origin, Problem, RunError
from registry.contract.secrets import without_passwords
from registry.contract.spelling import did_you_mean
from registry.sweeping.storage import JOURNAL, hint_for, is_journal, require_optuna, unsaid
from registry.sweeping.study import RUNS

if TYPE_CHECKING:
    from optuna.storages import BaseStorage


@dataclass(frozen=True)
class KeptStudy:
    """The name of a study, and the identifiers of the runs that it knows to have ended."""

    name: str
    runs: Sequence[str] = ()


def kept_study(named: str, storage: str = "") -> KeptStudy:
    """Return the study that is named, or that a place keeps.

    `named`: its name, or a place: a journal file, the folder that has one, the URL of a database; `storage`: the place
    where a name is looked for. Raises InputError for a place that keeps no study, or several of which none is named,
    RunError for one that cannot be read.
    """
    if not storage and not _is_place(named):
        return KeptStudy(named)
    place, name = (storage, named) if storage else (named, "")
    where = Origin(f"--storage {without_passwords(place)}" if storage else f"--study {without_passwords(place)}")
    require_optuna()
    with unsaid():
        opened = _opened(place, where)
        known = {study.study_name: study._study_id for study in opened.get_all_studies()}
        if name not in known and (name or len(known) != 1):
            names = ", ".join(sorted(known))
            message = f"there is no study {name!r}" if name else f"expected one study, there are {len(known)}"
            hint = did_you_mean(name, known) or (f"--study NAME --storage FILE|URL, of: {names}" if names else "")
            raise InputError([Problem(message, where, hint=hint)])
        name = name or next(iter(known))
        trials = opened.get_all_trials(known[name], deepcopy=False)
    return KeptStudy(name, [run["run"] for trial in trials for run in trial.user_attrs.get(RUNS, ()) if run["run"]])


def _is_place(text: str) -> bool:
    return "://" in text or Path(text).is_file() or (Path(text) / JOURNAL).is_file()


def _opened(place: str, where: Origin) -> BaseStorage:
    """Open what keeps studies for reading; raises InputError for what keeps none, RunError for what cannot be read."""
    if "://" in place:
        return _database(place, where)
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path = Path(place) / JOURNAL if Path(place).is_dir() else Path(place)
    try:
        if not path.is_file():
            raise InputError([Problem(f"{path} is not there", where, hint="a file, or the URL of a database")])
        if not is_journal(path):
            raise InputError([Problem(f"{path} is no journal of a study", where, hint=hint_for(path))])
        return JournalStorage(JournalFileBackend(str(path)))
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"the study in {path} cannot be read: {error}") from error


def _database(address: str, where: Origin) -> BaseStorage:
    from optuna.storages import RDBStorage
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    place = without_passwords(address)
    try:
        url = make_url(address)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            raise InputError([Problem(f"{place} is not there", where)])
        return RDBStorage(address, skip_table_creation=True)
    except (ArgumentError, ImportError) as error:
        raise InputError([Problem(f"{place} names no database that can be opened: {error}", where)]) from error
    except (SQLAlchemyError, RuntimeError) as error:
        said = without_passwords(str(error).partition("\n")[0])
        raise RunError(f"{place} keeps no study that can be read: {said}") from error
