"""Saves what a run would lose if it were killed: weights, optimiser state, where it was, and what made it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from registry.console.files import PARTIAL, replacing
from registry.contract.monitor import Moment
from registry.contract.tracker import RUNS_FOLDER
from registry.training.identity import Identity, RunCard

if TYPE_CHECKING:
    import keras

CHECKPOINT_FOLDER, LAST, BEST, ENDING = "checkpoints", "last", "best", ".npz"

CHECKPOINT_FILE = f"{CHECKPOINT_FOLDER}/{LAST}{ENDING}"
"""Where a run that has ended keeps its checkpoint."""

KEPT = f"a run keeps its last checkpoint under {RUNS_FOLDER}/local/<run>/{CHECKPOINT_FILE}"

ABOUT, DIGEST = "about", "digest"
"""The entries of a checkpoint that say what it is, and that it is whole."""


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
    ended: bool = False
    """The stage was ended before it was as long as it should have been."""


Due = Moment | Literal[""]
"""The moment at which monitors have still to look; empty for none."""


@dataclass(frozen=True)
class Tally:
    """What has been recorded of a run, and of the epoch it is in.

    `batches`: how many batches of the epoch are recorded; `totals`: the sums over them of every loss term; `records`:
    how many records there were in all epochs; `due`: the moment at which monitors have still to look, if any;
    `history`: how many times metrics were logged until then.
    """

    batches: int = 0
    totals: Mapping[str, float] = field(default_factory=dict)
    records: int = 0
    due: Due = ""
    history: int = 0


@dataclass(frozen=True)
class NamedVariable:
    """A variable of a network: the node it belongs to, its path in Keras, and whether it is a weight of a layer.

    The others are states of random numbers.
    """

    node: str
    name: str
    weight: bool
    variable: keras.Variable


@dataclass(frozen=True)
class State:
    """What changes from step to step: the variables of network and optimiser, and sums that are not recorded yet.

    `more`: those of the strategies of training, by their names.
    """

    model: Sequence[NamedVariable]
    optimizer: Sequence[Any]
    sums: Sequence[Any]
    more: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def parts(self) -> dict[str, Sequence[Any]]:
        """Return all but the variables of the network by the name under which a checkpoint has them."""
        more = {f"more/{name}": values for name, values in self.more.items()}
        return {"optimizer": self.optimizer, "sums": self.sums, **more}


class Checkpoints:
    """The last checkpoint of a run in a folder; a new one replaces it only when it is complete.

    `made_by` and `identity` say what makes the checkpoints.
    """

    def __init__(self, folder: Path, identity: Identity | None = None) -> None:
        self.folder = folder
        self.path = folder / f"{LAST}{ENDING}"
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f".{LAST}{PARTIAL}*"):
            # A process was killed while it wrote this one.
            left.unlink(missing_ok=True)
        self.identity = identity or Identity()
        self.made_by = RunCard()

    def save(
        self,
        state: State,
        position: Position,
        tally: Tally,
        facts: Mapping[str, Any] | None = None,
        latest: Mapping[str, float] | None = None,
        name: str = LAST,
    ) -> Path:
        """Write the state, where the run is and what made it; return the checkpoint's file.

        `name`: what the checkpoint is called; `facts`: what else the strategies of training keep, by their names;
        `latest`: what has been logged since the last epoch. Raises OSError, with the file's name, if it cannot be
        written; the one of that name before is still there.
        """
        arrays = {f"model/{index:05d}": np.asarray(item.variable) for index, item in enumerate(state.model)}
        for part, values in state.parts().items():
            arrays |= {f"{part}/{index:05d}": np.asarray(value) for index, value in enumerate(values)}
        about = {
            "position": asdict(position),
            "tally": asdict(tally),
            "facts": facts or {},
            "latest": latest or {},
            "run": asdict(self.made_by),
            "identity": asdict(self.identity),
            "variables": [[item.node, item.name, item.weight] for item in state.model],
        }
        arrays[ABOUT] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
        arrays[DIGEST] = np.frombuffer(digest(arrays).encode(), dtype=np.uint8)
        path = self.folder / f"{name}{ENDING}"
        with replacing(path) as partial:
            np.savez(partial, allow_pickle=False, **arrays)
        return path

    def keep(self, name: str) -> None:
        """Keep the last checkpoint under another name, too."""
        with replacing(self.folder / f"{name}{ENDING}") as partial:
            shutil.copyfile(self.path, partial)

    def all(self) -> list[Path]:
        """Return the files of all checkpoints."""
        return sorted(path for path in self.folder.glob(f"*{ENDING}") if not path.name.startswith("."))


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Return a hash of arrays, their names, types and shapes."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        value = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {value.dtype.str} {arrays[name].shape}\n".encode())
        found.update(value.tobytes())
    return found.hexdigest()
