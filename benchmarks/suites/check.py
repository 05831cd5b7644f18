"""`python -m registry.check`, from the start of Python to its end, beside what the libraries that it stands on take"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.case import Case
from benchmarks.network import GRAPH

NODES_OF_A_PAIR = 2
FIRST_AND_LAST = 2

MODEL = """
from pydantic import BaseModel
class Model(BaseModel):
    number: int
Model(number=1)
"""
"""The least that one set of parameters takes."""


def cases() -> Iterator[Case]:
    """Yield the graph that is shipped, graphs of more and more nodes, and parts of what every check takes."""
    for contender in ("python alone", "pydantic with one model", "networkx"):
        yield Case("check", contender, {"graphs": 0})
    yield Case("check", "graphs/gravnet.yaml", {"graphs": 1})
    for nodes in (100, 300, 1_000):
        yield Case("check", "check", {"nodes": nodes})


def _process(*arguments: str) -> Callable[..., Callable[[], Any]]:
    def prepare(graphs: int) -> Callable[[], Any]:
        return lambda: _run(*arguments)

    return prepare


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def _check(nodes: int) -> Callable[[], Any]:
    """Check a graph of dense layers, each with its normalisation, written out one by one."""

    def check() -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder, "graph.yaml")
            file.write_text(chain(nodes))
            _run("-m", "registry.check", str(file))

    return check


def chain(nodes: int) -> str:
    """Return the text of a graph of about so many nodes, an even number."""
    lines = [
        "blocks:",
        "  event: {use: showers, with: {train_events: 1}}",
        "  x_0: {use: concatenate, in: [event.features]}",
    ]
    pairs = (nodes - FIRST_AND_LAST) // NODES_OF_A_PAIR
    for index in range(pairs):
        lines.append(f"  dense_{index}: {{use: dense_loop, in: x_{index}, with: {{units: [64, 64], activation: elu}}}}")
        lines.append(f"  x_{index + 1}: {{use: gooey_batchnorm, in: dense_{index}}}")
    return "\n".join([*lines, f"outputs: {{x: x_{pairs}}}", ""])


CONTENDERS = {
    "python alone": _process("-c", "pass"),
    "pydantic with one model": _process("-c", MODEL),
    "networkx": _process("-c", "import networkx"),
    "graphs/gravnet.yaml": _process("-m", "registry.check", str(GRAPH)),
    "check": _check,
}
