"""Finds the file of a trained model that a user names: the file itself, or that of a run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from registry.contract.errors import InputError, Problem, RunError
from registry.contract.tracker import Tracking
from registry.tracking.runs import MODEL_FILE, RUN, Runs

ENDING = ".keras"

PLACES = (PurePosixPath(MODEL_FILE).name, MODEL_FILE, f"files/{MODEL_FILE}")
"""Where the model lies in a run's local folder, and in a folder that keeps a run."""


def is_own(named: str) -> bool:
    """Say whether a name stands for a run, whose own plugins may be used, and not for a file from anywhere."""
    return not named.endswith(ENDING) and not os.path.isfile(named)


def find_model(named: str, trackings: Iterable[Tracking], folder: Path) -> Path:
    """Return the model's file: a `.keras` file, that in a run's folder, or that of "run:ID", put into `folder`.

    A run's identifier or name may stand without "run:". Raises InputError if there is none.
    """
    path = Path(named)
    if not named.startswith(RUN):
        if path.is_dir():
            return _in_folder(path, named)
        if path.exists() or named.endswith(ENDING) or os.sep in named:
            return path
    try:
        return Runs(trackings).find(named).download(MODEL_FILE, folder)
    except RunError as error:
        reason, _, more = str(error).partition("\n")
        hint = "\n".join(filter(None, [more.strip(), "expected a .keras file, run:ID, or the folder of a run"]))
        raise InputError([Problem(f"{named} names no trained model: {reason}", hint=hint)]) from error


def _in_folder(folder: Path, named: str) -> Path:
    found = next((folder / place for place in PLACES if (folder / place).is_file()), None)
    if found is None:
        hint = "the folder of a run has it as model.keras, unless its graph names no `outputs`"
        raise InputError([Problem(f"{named} is a folder without a model", hint=hint)])
    return found
