"""`python -m registry.check`, from the start of Python to its end, beside what the libraries that it stands on take"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.case import Case
from benchmarks.network import GRAPH
from benchmarks.target import Target, value

NODES_OF_A_PAIR = 2
FIRST_AND_LAST = 2

CACHE = "REGISTRY_CACHE"
"""The environment variable that names the folder of what checks keep."""

WRONG_INPUT = 2
"""The exit status of a check that finds something wrong."""

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
    for contender in ("repeated", "first", "edited", "wrong option"):
        yield Case("check", contender, {"graphs": 1})
    for nodes in (100, 300, 1_000):
        yield Case("check", "check", {"nodes": nodes})


def _process(*arguments: str) -> Callable[..., Callable[[], Any]]:
    def prepare(graphs: int) -> Callable[[], Any]:
        return lambda: _run(*arguments)

    return prepare


def _run(*arguments: str, cache: str | None = None, status: int = 0) -> None:
    environment = os.environ if cache is None else {**os.environ, CACHE: cache}
    quiet = subprocess.DEVNULL
    done = subprocess.run([sys.executable, *arguments], env=environment, stdout=quiet, stderr=quiet, check=False)
    if done.returncode != status:
        raise RuntimeError(f"{' '.join(arguments)} ended with status {done.returncode}, expected {status}")


def _checked(graph: Path, cache: str, *further: str, status: int = 0) -> None:
    _run("-m", "registry.check", str(graph), *further, cache=cache, status=status)


def _repeated(graphs: int) -> Callable[[], Any]:
    """Check the graph that is shipped, which was checked before."""
    folder = TemporaryDirectory()
    _checked(GRAPH, folder.name)
    return lambda: _checked(GRAPH, folder.name)


def _first(graphs: int) -> Callable[[], Any]:
    """Check it where nothing was ever checked."""

    def check() -> None:
        with TemporaryDirectory() as folder:
            _checked(GRAPH, folder)

    return check


def _edited(graphs: int) -> Callable[[], Any]:
    """Check a copy of it in which a number has changed since the last check."""
    folder = TemporaryDirectory()
    for room in ("graphs", "configs"):
        shutil.copytree(GRAPH.parents[1] / room, Path(folder.name, room))
    graph, text = Path(folder.name, "graphs", GRAPH.name), GRAPH.read_text()
    numbers = count(1)

    def check() -> None:
        graph.write_text(text.replace("strength: 1.0e-4", f"strength: 1.0{next(numbers)}e-4"))
        _checked(graph, f"{folder.name}/cache")

    return check


def _wrong(graphs: int) -> Callable[[], Any]:
    """Check it with an activation that Keras does not have."""
    folder = TemporaryDirectory()
    wrong = ("--set", "DenseOptions.activation=swiish")
    return lambda: _checked(GRAPH, folder.name, *wrong, status=WRONG_INPUT)


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
    "repeated": _repeated,
    "first": _first,
    "edited": _edited,
    "wrong option": _wrong,
    "check": _check,
}

TARGETS = (
    *(
        Target(f"check of graphs/gravnet.yaml, {way}: {limit} s", value("check", way), limit, unit=" s")
        for way, limit in (("repeated", 0.4), ("first", 0.4), ("edited", 0.4), ("wrong option", 1))
    ),
    Target("check of a graph of 1,000 nodes: 3 s", value("check", "check", nodes=1_000), 3, unit=" s"),
)
