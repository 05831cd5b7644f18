"""Reads checkpoints, and says of a file that is none, or not whole, what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.errors import InputError, Problem
from registry.training.checkpoint import (
    ABOUT,
    DIGEST,
    KEPT,
    NamedVariable,
    Position,
    State,
    Tally,
    digest,
)
from registry.training.identity import Identity, RunCard


@dataclass(frozen=True)
class Saved:
    """A checkpoint that was read: what named it, what made it, where the run was, and all values in their order.

    `variables`: of each of the model's values its node, its path in Keras, and whether it is a weight. `more`, `facts`
    and `latest`: what strategies of training keep, and what has been logged since the last epoch. `digest`: the hash of
    all of it.
    """

    name: str
    position: Position
    tally: Tally
    made_by: RunCard
    identity: Identity
    variables: Sequence[tuple[str, str, bool]]
    model: Sequence[np.ndarray]
    optimizer: Sequence[np.ndarray]
    sums: Sequence[np.ndarray]
    more: Mapping[str, Sequence[np.ndarray]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    latest: Mapping[str, float] = field(default_factory=dict)
    digest: str = ""

    def check(self, variables: Sequence[NamedVariable]) -> None:
        """Raise InputError, which names what differs, if the checkpoint is another network's."""
        problems = []
        for index, item in enumerate(variables):
            shape = tuple(item.variable.shape)
            node, name, _ = self.variables[index] if index < len(self.variables) else ("", "nothing", False)
            received = self.model[index].shape if index < len(self.model) else ()
            if (item.node, shape) != (node, received):
                message = f"{self.name} does not fit: expected {item.name} {shape}, received {name} {received}"
                problems.append(Problem(message, node=item.node))
        if not problems and len(self.model) > len(variables):
            rest = ", ".join(name for _, name, _ in self.variables[len(variables) :])
            problems.append(Problem(f"{self.name} does not fit: the network has no {rest}"))
        if problems:
            raise InputError(problems[:5])

    def restore_model(self, variables: Sequence[NamedVariable]) -> None:
        """Set the variables of a network; raise InputError if the checkpoint is another one's."""
        self.check(variables)
        for item, value in zip(variables, self.model, strict=True):
            item.variable.assign(value)

    def restore(self, state: State) -> None:
        """Set all variables; raise InputError if the checkpoint is another network's, or another optimiser's."""
        expected = [tuple(variable.shape) for variable in state.optimizer]
        received = [value.shape for value in self.optimizer]
        if expected != received:
            message = f"{self.name} does not fit: expected {expected} of the optimiser, received {received}"
            raise InputError([Problem(message)])
        self.restore_model(state.model)
        for variable, value in zip([*state.optimizer, *state.sums], [*self.optimizer, *self.sums], strict=True):
            variable.assign(value)


def load_checkpoint(path: Path, named: str = "") -> Saved:
    """Read a checkpoint; raise InputError, which says what named it, if the file is none, damaged or not finite."""
    name = named or str(path)
    try:
        if not path.exists():
            raise _Unusable("there is no such file")
        if not path.is_file():
            raise _Unusable("it is no file")
        if not path.stat().st_size:
            raise _Unusable("the file is empty (0 bytes)")
        saved = _saved(name, _read(path))
        _check_finite(saved)
    except OSError as error:
        message = f"{name} cannot be used as a checkpoint: {path} cannot be read: {error.strerror}"
        raise InputError([Problem(message)]) from error
    except _Unusable as error:
        raise InputError([Problem(f"{name} cannot be used as a checkpoint: {error}", hint=KEPT)]) from error
    return saved


class _Unusable(Exception):
    """Why a file is no checkpoint that can be used."""


def _read(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a checkpoint's file, none of which has changed since it was written."""
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            raise _Unusable("it is no checkpoint of a run")
    try:
        with np.load(path, allow_pickle=False) as found:
            names = list(found.files)
            arrays = {name: found[name] for name in names}
    # The file may hold anything: each damage has an error of its own in zipfile, zlib and NumPy.
    except Exception as error:
        reason = getattr(error, "strerror", None) or "the file is cut off or damaged"
        raise _Unusable(str(reason)) from error
    if ABOUT not in arrays or DIGEST not in arrays:
        listing = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        raise _Unusable(f"it is no checkpoint of a run, but holds: {listing or 'nothing'}")
    written = arrays[DIGEST].tobytes()
    if written != digest({name: value for name, value in arrays.items() if name != DIGEST}).encode():
        raise _Unusable("its content is not what was saved: it was changed or damaged")
    return arrays


def _saved(name: str, arrays: Mapping[str, np.ndarray]) -> Saved:
    def part(start: str) -> list[np.ndarray]:
        return [arrays[key] for key in sorted(arrays) if key.startswith(f"{start}/")]

    more = {key.split("/")[1] for key in arrays if key.startswith("more/")}
    try:
        about = json.loads(arrays[ABOUT].tobytes().decode())
        return Saved(
            name,
            Position(**about["position"]),
            Tally(**about["tally"]),
            RunCard(**about["run"]),
            Identity(**about["identity"]),
            [(node, path, weight) for node, path, weight in about["variables"]],
            part("model"),
            part("optimizer"),
            part("sums"),
            {name: part(f"more/{name}") for name in sorted(more)},
            about["facts"],
            about["latest"],
            arrays[DIGEST].tobytes().decode(),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _Unusable("it was written by another version of this program") from error


def _check_finite(saved: Saved) -> None:
    """Nothing can be learnt from weights that are not finite."""
    bad = [
        path
        for (_, path, _), value in zip(saved.variables, saved.model, strict=True)
        if value.dtype.kind == "f" and not np.isfinite(value).all()
    ]
    if not bad and any(value.dtype.kind == "f" and not np.isfinite(value).all() for value in saved.optimizer):
        bad = ["the optimiser's state"]
    if bad:
        listing = ", ".join(bad[:5]) + (f" and {len(bad) - 5} more" if len(bad) > 5 else "")
        raise _Unusable(f"not all of its values are finite: {listing}")
