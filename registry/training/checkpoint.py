"""Saves what a run would lose if it were killed: weights, optimiser state, and where it was."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from registry.errors import InputError, Problem


@dataclass(frozen=True)
class Position:
    """Where a run is: stage and epoch within it (both from 0, of the next epoch to do), steps done, epochs done."""

    stage: int
    epoch: int
    step: int
    epochs_done: int


class Checkpoints:
    """The last checkpoint of a run in a folder; a new one replaces it only when it is complete."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "last.npz"
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, position: Position) -> Path:
        """Write weights, optimiser state and position; return the checkpoint's file."""
        arrays = {f"weight/{index:05d}": np.asarray(value) for index, value in enumerate(model.get_weights())}
        arrays |= {f"optimizer/{i:05d}": np.asarray(value) for i, value in enumerate(optimizer.variables)}
        arrays["position"] = np.frombuffer(json.dumps(asdict(position)).encode(), dtype=np.uint8)
        partial = self.folder / "last.partial.npz"
        np.savez(partial, allow_pickle=False, **arrays)
        os.replace(partial, self.path)
        return self.path


@dataclass(frozen=True)
class Saved:
    """A checkpoint that was read: where from, weights and optimiser variables in their order, and the position."""

    path: Path
    weights: list[np.ndarray]
    optimizer: list[np.ndarray]
    position: Position

    def restore(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        """Set weights and optimiser state; raise InputError if the checkpoint is another network's."""
        expected = [tuple(weight.shape) for weight in [*model.weights, *optimizer.variables]]
        received = [array.shape for array in [*self.weights, *self.optimizer]]
        if expected != received:
            message = (
                f"{self.path}: expected the {len(expected)} arrays of this graph with its optimiser, received "
                f"{len(received)} arrays that do not fit"
            )
            hint = "resume with the graph and the options the run was started with (its files are logged under source/)"
            raise InputError([Problem(message, hint=hint)])
        model.set_weights(self.weights)
        for variable, value in zip(optimizer.variables, self.optimizer, strict=True):
            variable.assign(value)


def load_checkpoint(path: Path) -> Saved:
    """Read a checkpoint; raise InputError if the file is none."""
    try:
        with np.load(path) as arrays:
            names = sorted(arrays.files)
            weights = [arrays[name] for name in names if name.startswith("weight/")]
            optimizer = [arrays[name] for name in names if name.startswith("optimizer/")]
            position = Position(**json.loads(arrays["position"].tobytes().decode()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "it is no checkpoint of a run"
        hint = "a run keeps its last checkpoint under mlruns/local/<run>/checkpoints/last.npz"
        raise InputError([Problem(f"{path} cannot be resumed from: {reason}", hint=hint)]) from error
    return Saved(Path(path), weights, optimizer, position)
