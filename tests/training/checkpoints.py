"""Makes checkpoints without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from registry.configuration.options import Options
from registry.contract.errors import Problems
from registry.training.checkpoint import Checkpoints, NamedVariable, Position, State, Tally
from registry.training.events import open_data
from registry.training.identity import Identity, RunCard, identify
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph
from registry.wiring.stages import check_options
from tests.training.helpers import TINY


def state(**changes: Any) -> State:
    """Return the state of a network of two nodes; `changes`: other values of `dense`, `norm`, or `moment`."""
    values = {"dense": np.ones((3, 2)), "norm": np.zeros(2), "moment": np.ones(8)} | changes
    nodes = [NamedVariable(name, f"{name}/kernel", True, values[name]) for name in ("dense", "norm")]
    return State(nodes, [values["moment"]], [np.zeros(1)])


def checkpoint(
    folder: Path,
    card: RunCard | None = None,
    identity: Identity | None = None,
    position: Position | None = None,
    **changes: Any,
) -> Path:
    """Write a checkpoint into the local folder of a run."""
    made = Checkpoints(folder / "checkpoints", identity)
    made.made_by = card or RunCard("0123", "a run", "folder", "mlruns/runs", "net")
    return made.save(state(**changes), position or Position(0, 1, 0, 5, 1), Tally())


def checked(*sets: str, graph: Path = TINY) -> tuple[CheckedGraph, Options]:
    """Return a graph and its options."""
    opened, problems = open_graph(str(graph), sets=sets), Problems()
    return opened, problems.require(check_options(opened, problems))


def identity_of(*sets: str, graph: Path = TINY) -> Identity:
    """Return what makes the training of a graph what it is."""
    opened, options = checked(*sets, graph=graph)
    return identify(opened, options, open_data(opened.loader, options.general.seed))
