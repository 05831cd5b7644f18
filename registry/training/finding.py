"""Finds the checkpoint that a user names: by a run's identifier, name or folder, or by the file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.contract.errors import InputError, Problem, RunError
from registry.tracking.runs import RUN, RecordedRun, Runs
from registry.training.checkpoint import CHECKPOINT_FOLDER, ENDING, KEPT, LAST
from registry.training.run_folder import folder_of, read_card
from registry.training.saved import Saved, load_checkpoint

WHICH = re.compile(r"^(?P<run>.+):(?P<which>best|last|epoch-\d+)$")
"""An address with the checkpoint of a run that is meant, "run:ID:epoch-10"."""

PLACES = (f"{CHECKPOINT_FOLDER}/", "", f"files/{CHECKPOINT_FOLDER}/")
"""Where checkpoints lie in a run's local folder, in their own folder, and in a folder that keeps a run."""


@dataclass(frozen=True)
class Found:
    """A checkpoint, and the local folder of the run it belongs to, if this machine has it."""

    saved: Saved
    folder: Path | None


def find_checkpoint(named: str, runs: Runs) -> Found:
    """Read the checkpoint that a user names: RUN, or RUN:best, RUN:last, RUN:epoch-N; by default it is the last one.

    RUN is "run:ID", "run:NAME", or either without "run:"; a run's folder; or a checkpoint's file. Raises InputError if
    there is none, or if it cannot be used.
    """
    match = None if os.path.exists(named) else WHICH.match(named)
    run, which = (match["run"], match["which"]) if match else (named, LAST)
    path = Path(run)
    if os.path.isdir(run) and not run.startswith(RUN):
        return _in_folder(path, which, named)
    if os.path.exists(run) or (not run.startswith(RUN) and (os.sep in run or run.endswith(ENDING))):
        saved = load_checkpoint(path, named)
        return Found(saved, _folder_around(path, saved))
    return _of_run(run, which, named, runs)


def _in_folder(folder: Path, which: str, named: str) -> Found:
    places = [folder / place for place in PLACES]
    for place in places:
        path = place / f"{which}{ENDING}"
        if path.exists():
            saved = load_checkpoint(path, named)
            return Found(saved, _folder_around(path, saved))
    there = [item.stem for place in places for item in place.glob(f"*{ENDING}")]
    if not there and not read_card(folder).id:
        raise InputError([Problem(f"{named} is not the folder of a run: it has no checkpoint", hint=KEPT)])
    raise _absent(named, which, there)


def _folder_around(path: Path, saved: Saved) -> Path | None:
    """Return the local folder of the run a checkpoint belongs to: the one it lies in, or another on this machine."""
    around = path.absolute().parent.parent
    if saved.made_by.id and read_card(around).id == saved.made_by.id:
        return Path(os.path.relpath(around)) if around.is_relative_to(Path.cwd()) else around
    return folder_of(saved.made_by.id)


def _of_run(run: str, which: str, named: str, runs: Runs) -> Found:
    try:
        recorded = runs.find(run)
        folder = folder_of(recorded.summary.id)
        if folder is not None:
            return _in_folder(folder, which, named)
        return Found(_downloaded(recorded, which, named), None)
    except RunError as error:
        reason, _, more = str(error).partition("\n")
        hint = f"{more.strip()}\n{KEPT}" if more else KEPT
        raise InputError([Problem(f"{named} names no checkpoint: {reason}", hint=hint)]) from error


def _downloaded(recorded: RecordedRun, which: str, named: str) -> Saved:
    """Read the checkpoint that the store of a run keeps; it has one when the run has ended."""
    name = f"{CHECKPOINT_FOLDER}/{which}{ENDING}"
    kept = [Path(file) for file in recorded.store.files(recorded.summary.id)]
    kept = [file for file in kept if file.parent.as_posix() == CHECKPOINT_FOLDER and file.suffix == ENDING]
    if Path(name) not in kept:
        raise _absent(named, which, (file.stem for file in kept))
    if recorded.summary.status == "RUNNING":
        raise RunError(f"run {recorded.summary.id} is RUNNING, and its folder is not on this machine")
    with TemporaryDirectory() as folder:
        return load_checkpoint(recorded.download(name, Path(folder)), named)


def _absent(named: str, which: str, there: Iterable[str]) -> InputError:
    names = sorted(name for name in set(there) if "partial" not in name)
    listing = f"it has: {', '.join(names)}" if names else "it has none: a run that was ended before its first step"
    return InputError([Problem(f"{named}: the run has no checkpoint {which!r}; {listing}", hint=KEPT)])
