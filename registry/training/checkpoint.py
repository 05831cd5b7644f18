"""Saves what a run would lose if it were killed: weights, optimiser state, and where it was."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile

import keras
import numpy as np

from registry.contract.errors import InputError, Problem, RunError
from registry.contract.tracker import RUNS_FOLDER
from registry.tracking.runs import RUN, Runs

CHECKPOINT_FOLDER, CHECKPOINT_NAME = "checkpoints", "last.npz"

CHECKPOINT_FILE = f"{CHECKPOINT_FOLDER}/{CHECKPOINT_NAME}"
"""Where a run that has ended keeps its checkpoint."""

KEPT = f"a run keeps its last checkpoint under {RUNS_FOLDER}/local/<run>/{CHECKPOINT_FILE}"


@dataclass(frozen=True)
class Position:
    """Where a run is: stage, epoch within it and batch within that, each from 0 and the next to do.

    `step` and `epochs_done` count what was done over all stages.
    """

    stage: int = 0
    epoch: int = 0
    batch: int = 0
    step: int = 0
    epochs_done: int = 0


class Checkpoints:
    """The last checkpoint of a run in a folder; a new one replaces it only when it is complete."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / CHECKPOINT_NAME
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, position: Position) -> Path:
        """Write the model's variables, the optimiser's and the position; return the checkpoint's file.

        Raises OSError, with the file's name, if it cannot be written; the last one is still there.
        """
        arrays = {f"model/{index:05d}": np.asarray(value) for index, value in enumerate(model.variables)}
        arrays |= {f"optimizer/{index:05d}": np.asarray(value) for index, value in enumerate(optimizer.variables)}
        arrays["position"] = np.frombuffer(json.dumps(asdict(position)).encode(), dtype=np.uint8)
        partial = self.folder / "last.partial.npz"
        try:
            np.savez(partial, allow_pickle=False, **arrays)
            os.replace(partial, self.path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(self.path)) from error
        return self.path


@dataclass(frozen=True)
class Saved:
    """A checkpoint that was read: what named it, the position, and the variables of model and optimiser in their order.

    The model's are its weights and the states of its random numbers.
    """

    name: str
    model: list[np.ndarray]
    optimizer: list[np.ndarray]
    position: Position

    def restore(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        """Set all variables; raise InputError if the checkpoint is another network's."""
        variables, values = [*model.variables, *optimizer.variables], [*self.model, *self.optimizer]
        expected = [tuple(variable.shape) for variable in variables]
        received = [value.shape for value in values]
        if expected != received:
            message = (
                f"{self.name}: expected the {len(expected)} arrays of this graph with its optimiser, received "
                f"{len(received)} arrays that do not fit"
            )
            hint = "resume with the graph and the options the run was started with (its files are logged under source/)"
            raise InputError([Problem(message, hint=hint)])
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def find_checkpoint(named: str, runs: Runs) -> Saved:
    """Read the checkpoint that a file name or an address, "run:ID", names; raise InputError if there is none."""
    if not named.startswith(RUN):
        return load_checkpoint(Path(named))
    with TemporaryDirectory() as folder:
        try:
            path = runs.find(named).download(CHECKPOINT_FILE, Path(folder))
        except RunError as error:
            raise InputError([Problem(f"{named} cannot be resumed from: {error}", hint=KEPT)]) from error
        return load_checkpoint(path, named)


def load_checkpoint(path: Path, named: str = "") -> Saved:
    """Read a checkpoint; raise InputError, which says what named it, if the file is none."""
    try:
        with np.load(path) as arrays:
            names = sorted(arrays.files)
            model = [arrays[name] for name in names if name.startswith("model/")]
            optimizer = [arrays[name] for name in names if name.startswith("optimizer/")]
            position = Position(**json.loads(arrays["position"].tobytes().decode()))
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "it is no checkpoint of a run"
        raise InputError([Problem(f"{named or path} cannot be resumed from: {reason}", hint=KEPT)]) from error
    return Saved(named or str(path), model, optimizer, position)
