"""Saves what a run would lose if it were killed: weights, optimiser state, and where it was."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np


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


def load_checkpoint(path: Path) -> tuple[list[np.ndarray], list[np.ndarray], Position]:
    """Return the weights, the optimiser's variables and the position of a checkpoint."""
    with np.load(path) as arrays:
        names = sorted(arrays.files)
        weights = [arrays[name] for name in names if name.startswith("weight/")]
        optimizer = [arrays[name] for name in names if name.startswith("optimizer/")]
        position = Position(**json.loads(arrays["position"].tobytes().decode()))
    return weights, optimizer, position
