"""Keeps what could not be delivered in a run's folder, until it is."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from registry.console.files import append_whole, write_whole
from registry.contract.errors import RunError
from registry.contract.tracker import RUNS_FOLDER, UNDELIVERED
from registry.plugins.trackers.mlflow.records import End, File, Model, Record, Value, line_of, record_of

FILES_FOLDER = "undelivered"
"""Where files wait that lie outside the run's folder: nobody knows how long they stay there."""


@dataclass(frozen=True)
class Head:
    """The first line of a journal: what keeps the run, the run's id and name, and the address of the store."""

    tracker: str
    run: str
    name: str
    store: str


class Journal:
    """The file `undelivered.jsonl` of one run: a head, then a record a line.

    As long as this object has written it, and until `close`, no other process may deliver it.
    """

    def __init__(self, folder: Path, head: Head) -> None:
        self.folder, self._head = folder, head
        self.path = folder / UNDELIVERED
        if self.path.exists() and _head_of(self.path) != head:
            # Two trackers may record one training, each in a run of its own.
            self.path = self.path.with_stem(f"{self.path.stem}-{head.run}")
        self._lock: int | None = None

    def append(self, records: Iterable[Record]) -> None:
        """Write records behind those that are there; raises OSError, with the file's name, if not all can be."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(line_of(self._kept(record)) for record in records)
        if not self.path.exists():
            lines = json.dumps(asdict(self._head)) + "\n" + lines
        append_whole(self.path, lines.encode())
        if self._lock is None:
            self._lock = _locked(self.path)

    def settle(self, records: Iterable[Record]) -> None:
        """Let only these records be left; without any there is no journal. Raises OSError if it cannot be written."""
        lines = [line_of(self._kept(record)) for record in records]
        if lines:
            write_whole(self.path, "".join([json.dumps(asdict(self._head)) + "\n", *lines]))
        else:
            self.path.unlink(missing_ok=True)
            shutil.rmtree(self.folder / FILES_FOLDER, ignore_errors=True)

    def close(self) -> None:
        """Let other processes deliver what is left."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _kept(self, record: Record) -> Record:
        """Name a file as it lies to the run's folder; one from elsewhere is copied there."""
        if not isinstance(record, File | Model):
            return record
        path, folder = Path(record.file).absolute(), self.folder.absolute()
        if not path.is_relative_to(folder):
            inside = record.folder if isinstance(record, File) else ""
            copy = folder / FILES_FOLDER / inside / path.name
            if path.is_file():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            path = copy
        return replace(record, file=path.relative_to(folder).as_posix())


@contextmanager
def opened(path: Path) -> Iterator[tuple[Journal, Head, list[Record]]]:
    """Open a journal that a training has left, for one process at a time; paths of files are absolute.

    Raises RunError if it cannot be read, or its run is still going on.
    """
    try:
        handle = _locked(path)
    except BlockingIOError as error:
        raise RunError(f"{path}: the training goes on, and delivers it itself") from error
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from error
    try:
        head = _head_of(path)
        if head is None:
            raise RunError(f"{path} is no list of undelivered records")
        journal = Journal(path.parent, head)
        yield journal, head, [_with_place(record, path.parent) for record in _records(path)]
    finally:
        os.close(handle)


def take_over(run: str) -> list[Record]:
    """Return what an earlier training of a run could not deliver, which nobody else will deliver from now on.

    Its metrics are left out: a run that is resumed has the history of its checkpoint, and repeats the rest.
    """
    found: list[Record] = []
    for path in sorted((RUNS_FOLDER / "local").glob(f"*/{Path(UNDELIVERED).stem}*")):
        head = _head_of(path) if path.is_file() else None
        if head is None or head.run != run:
            continue
        with opened(path) as (_, _, records):
            found += [record for record in records if not isinstance(record, Value | End | Model)]
            path.unlink()
    return found


def _locked(path: Path) -> int:
    """Open a file and lock it; raises BlockingIOError if another process has. Some file systems have no locks."""
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:
        pass
    return handle


def _head_of(path: Path) -> Head | None:
    """Return the head of a journal; None if the file has none."""
    with suppress(OSError, ValueError, TypeError), path.open(encoding="utf-8") as file:
        return Head(**json.loads(file.readline()))
    return None


def _records(path: Path) -> list[Record]:
    """Return the records of a journal, each once; the last line of a process that was killed may be cut off."""
    found: dict[str, Record] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[1:]:
        with suppress(ValueError):
            found[line] = record_of(line)
    return list(found.values())


def _with_place(record: Record, folder: Path) -> Record:
    return replace(record, file=str((folder / record.file).absolute())) if isinstance(record, File | Model) else record
