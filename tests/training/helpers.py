"""Runs the training command on small graphs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from registry.compiling.model import Compiled, compile_graph
from registry.training.seeds import seed_everything
from registry.wiring.opening import open_graph
from tests.stores import make_store
from tests.warm import warm

TINY = Path(__file__).parent / "graphs" / "tiny.yaml"
"""Takes a third of the time to trace and train; for whatever does not depend on the loss."""

CONDENSING = TINY.with_name("condensing.yaml")
"""The same by object condensation: a loss with terms, and with kernels of its own."""


def command(arguments: Sequence[object]) -> list[str]:
    """Return the command line of a training, in a process of Python's own."""
    return [sys.executable, "-m", "registry.train", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """Return the environment without a tracking server."""
    kept = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    return kept | more


def train(folder: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Train in a folder; return what it printed and its exit status."""
    if "General.tracker=" not in str(arguments):
        make_store(folder)
    words = warm("-m", "registry.train", *arguments)
    return subprocess.run(words, cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=300)


def query(folder: Path, text: str) -> list[tuple[object, ...]]:
    """Ask the local tracking store of a folder."""
    with sqlite3.connect(folder / "mlruns" / "mlflow.db") as store:
        return store.execute(text).fetchall()


def compiled(*sets: str, graph: Path = TINY, seed: int = 1) -> Compiled:
    """Compile a graph file in this process."""
    seed_everything(seed)
    return compile_graph(open_graph(str(graph), sets=sets))
