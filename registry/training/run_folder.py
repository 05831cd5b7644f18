"""The local folder of a run: which run it is, and which process trains it now."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from registry.console.files import write_whole
from registry.contract.errors import InputError, Problem, RunError
from registry.contract.tracker import RUNS_FOLDER
from registry.training.checkpoint import CHECKPOINT_FOLDER, ENDING, LAST
from registry.training.identity import RunCard

LOCAL = RUNS_FOLDER / "local"
"""Where the folders of the runs of this machine lie."""

CARD_FILE, LOCK_FILE = "run.json", "lock"

CLOSING = 90.0
"""Seconds that a run may take to end once it was asked to."""


def new_folder(graph: str) -> Path:
    """Make a folder of its own for a run: several may start in one second."""
    stem = LOCAL / f"{graph}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, number = stem, 1
    while True:
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            number += 1
            folder = stem.with_name(f"{stem.name}-{number}")
        except OSError as error:
            raise RunError(f"the run's folder {folder} cannot be made: {error.strerror}") from error


def named_folder(name: str, go_on: bool = False) -> Path:
    """Make the folder of this name for a run, and return it; `go_on`: it may be there already.

    Raises InputError for a name that is none, and for a folder that holds a run.
    """
    if Path(name).name != name or name.startswith("."):
        message = f"--folder: expected the name of a folder in {LOCAL}, received {name!r}"
        raise InputError([Problem(message, hint="a name without slashes, such as attempt-1")])
    folder = LOCAL / name
    try:
        folder.mkdir(parents=True, exist_ok=go_on)
    except FileExistsError as error:
        hint = "go on with the run that is in it: --continue; or choose another name"
        raise InputError([Problem(f"--folder: {folder} is there already", hint=hint)]) from error
    except OSError as error:
        raise RunError(f"the run's folder {folder} cannot be made: {error.strerror}") from error
    return folder


def wait_until_free(folder: Path, seconds: float = CLOSING) -> None:
    """Wait until no process trains the run of a folder: one that was asked to end saves what it has learnt first.

    Raises RunError if it takes longer.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            with alone(folder):
                return
        except RunError:
            if time.monotonic() > until:
                raise
        time.sleep(0.5)


def has_checkpoint(folder: Path) -> bool:
    """Say whether the run in a folder has got as far as a checkpoint to go on from."""
    return (folder / CHECKPOINT_FOLDER / f"{LAST}{ENDING}").is_file()


def clear(folder: Path) -> None:
    """Remove what a run has left that ended before its first checkpoint; the note of who uses the folder stays."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK_FILE:
            path.unlink()


def write_card(folder: Path, card: RunCard) -> None:
    """Say in a folder which run it is of."""
    write_whole(folder / CARD_FILE, json.dumps(asdict(card), indent=1) + "\n")


def read_card(folder: Path) -> RunCard:
    """Return which run a folder is of; an empty card if it does not say."""
    with suppress(OSError, ValueError, TypeError):
        return RunCard(**json.loads((folder / CARD_FILE).read_text(encoding="utf-8")))
    return RunCard()


def folder_of(run: str) -> Path | None:
    """Return the local folder of the run with this identifier, if there is one."""
    if not run:
        return None
    return next((file.parent for file in LOCAL.glob(f"*/{CARD_FILE}") if read_card(file.parent).id == run), None)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no other process train the run of a folder meanwhile; raises RunError if one does."""
    with (folder / LOCK_FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some file systems have no locks: there the note has to do.
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES) or _is_alive(_noted(file.name)):
                raise RunError(_is_training(folder, _noted(file.name))) from error
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        file.flush()
        try:
            yield
        finally:
            with suppress(OSError):
                file.truncate(0)


def _noted(path: str) -> dict[str, object]:
    """Return what the process that trains a run has noted of itself."""
    with suppress(OSError, ValueError):
        noted = json.loads(Path(path).read_text(encoding="utf-8"))
        return noted if isinstance(noted, dict) else {}
    return {}


def _is_alive(noted: dict[str, object]) -> bool:
    pid = noted.get("pid")
    if noted.get("host") != socket.gethostname() or not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _is_training(folder: Path, noted: dict[str, object]) -> str:
    who = f"process {noted['pid']} on {noted['host']}" if {"pid", "host"} <= noted.keys() else "another process"
    return (
        f"the run in {folder} is being trained by {who}\n"
        "  wait for its end, or stop it (Ctrl-C, or kill with the number of the process): then it can be resumed"
    )
