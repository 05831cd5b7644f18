"""The kernels of a training: compiled into an empty cache, on all cores, and loaded from it by the next process"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.case import Case, every
from benchmarks.target import Target, value

PROGRAM = """
import time
from registry.plugins.kernels.compiled.beside import expect
from registry.plugins.kernels.compiled.runtime import wait_for
from registry.plugins.kernels.compiled.usual import TYPES, kernel
begun = time.perf_counter()
expect(*map(kernel, TYPES))
for name, types in TYPES.items():
    wait_for(kernel(name))
    kernel(name).compile(types)
print(time.perf_counter() - begun)
"""
"""Imports are not counted: a training imports TensorFlow besides."""


def cases() -> Iterator[Case]:
    """Yield the first start and the second of graphs/gravnet.yaml."""
    yield from every("first_start", {"compiled": "numba", "loaded": "numba"}, [{"graphs": 1}])


def _compiled(graphs: int) -> Callable[[], Any]:
    def compile_all() -> dict[str, float]:
        with TemporaryDirectory() as folder:
            return _start(folder)

    return compile_all


def _loaded(graphs: int) -> Callable[[], Any]:
    folder = TemporaryDirectory()
    _start(folder.name)
    return lambda: _start(folder.name)


def _start(folder: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "NUMBA_CACHE_DIR": folder},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return {"seconds": float(done.stdout)}


CONTENDERS = {"compiled": _compiled, "loaded": _loaded}

TARGETS = (
    Target("kernels, compiled: 20 s", value("first_start", "compiled"), 20, unit=" s"),
    Target("kernels, loaded: 1 s", value("first_start", "loaded"), 1, unit=" s"),
)
