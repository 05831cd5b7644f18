"""Finds what could not be recorded while runs went on, and has it recorded."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path

from registry.contract.errors import InputError, Problem, RunError
from registry.contract.tracker import RUNS_FOLDER, UNDELIVERED, Tracking

_STEM, _ENDING = UNDELIVERED.rsplit(".", 1)

PLACES = ("", "*", "local/*", f"{RUNS_FOLDER}/local/*")
"""Where runs lie below a folder that is a run's, holds runs, is `mlruns`, or a working folder."""


def undelivered(folder: Path) -> list[Path]:
    """Return the files in which the runs in a folder keep what is not recorded.

    Raises InputError if it is no folder, RunError if part of it cannot be read.
    """
    if not folder.is_dir():
        raise InputError([Problem(f"there is no folder {str(folder)!r}", hint="name a run's folder, or one with runs")])
    _require_readable(folder)
    found = {path for place in PLACES for path in folder.glob(f"{place}/{_STEM}*.{_ENDING}".lstrip("/"))}
    return sorted(path for path in found if path.is_file())


def _require_readable(folder: Path) -> None:
    """Raise RunError if a folder in which a run may keep records cannot be looked into: searching would skip it."""
    local = [folder / "local", folder / RUNS_FOLDER / "local"]
    holding = [folder, folder / RUNS_FOLDER, *local]
    inner = (path for above in local if _enterable(above) for path in above.iterdir())
    closed = [str(path) for path in (*holding, *inner) if os.path.isdir(path) and not _enterable(path)]
    if closed:
        raise RunError(f"{', '.join(dict.fromkeys(closed))} cannot be read: {os.strerror(errno.EACCES)}")


def _enterable(folder: Path) -> bool:
    return os.path.isdir(folder) and os.access(folder, os.R_OK | os.X_OK)


def deliver(file: Path, trackings: Mapping[str, Tracking]) -> str:
    """Have the tracker of a run record what its file holds; return what was done.

    Raises RunError if something is left, which stays in the file.
    """
    try:
        with file.open(encoding="utf-8") as lines:
            name = json.loads(lines.readline())["tracker"]
    except OSError as error:
        raise RunError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{file} is no list of undelivered records: its first line names no tracker") from error
    tracking = trackings.get(name)
    if tracking is None or tracking.deliver is None:
        raise RunError(f"{file} is the tracker {name!r}'s, which is not here or cannot deliver; --plugin adds more")
    return tracking.deliver(file)
