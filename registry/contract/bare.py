"""Runs Python in a process that cannot import this package, nor whatever else is named: what an export will meet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from registry.contract.errors import RunError
from registry.contract.searching import ENGINE

PREAMBLE = """
import sys
import time
from importlib.abc import MetaPathFinder

class Blocked(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError("this process does without " + name)

sys.meta_path.insert(0, Blocked())
folder, *arguments = sys.argv[1:]
import numpy
given = [dict(numpy.load(f"{{folder}}/given_{{number}}.npz")) for number in range({count})]
repeats = {repeats}
"""

END = """
seconds = []
for number, columns in enumerate(given):
    made = {name: numpy.asarray(value) for name, value in predict(columns).items()}
    numpy.savez(f"{folder}/made_{number}.npz", **made)
    best = 0.0
    for _ in range(repeats):
        started = time.perf_counter()
        predict(columns)
        best = min(best or 1e9, time.perf_counter() - started)
    seconds.append(best)
numpy.savez(f"{folder}/seconds.npz", seconds=numpy.array(seconds))
"""

LINES = 12
"""Lines that are shown of what a process says when it fails."""


@dataclass(frozen=True)
class BareRun:
    """What a process has said of events, in their order: outputs by name, and the shortest time of an event."""

    outputs: list[dict[str, np.ndarray]]
    seconds: list[float]


def run_bare(
    code: str,
    arguments: Sequence[str],
    events: Sequence[Mapping[str, np.ndarray]],
    without: Sequence[str] = (),
    repeats: int = 0,
    folders: Sequence[str] = (),
) -> BareRun:
    """Return what a function `predict(columns)` says of events, in a process of its own without this package.

    `code` defines the function; it finds `arguments` in a list of that name. `without`: further packages that are out
    of reach; `repeats`: calls for each event whose times are taken; `folders`: where it finds packages beside the
    installed ones. Raises RunError, with what the process has said, if it fails.
    """
    with TemporaryDirectory() as folder:
        for number, columns in enumerate(events):
            np.savez(Path(folder) / f"given_{number}.npz", **columns)  # type: ignore[arg-type]
        text = PREAMBLE.format(blocked=(ENGINE, *without), count=len(events), repeats=repeats) + code + END
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
        environment["PYTHONPATH"] = os.pathsep.join(folders)
        command = [sys.executable, "-c", text, folder, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
        if done.returncode:
            said = "\n".join(done.stderr.strip().splitlines()[-LINES:])
            raise RunError(f"a process without this package ends with status {done.returncode}:\n{said}")
        outputs = [dict(np.load(Path(folder) / f"made_{number}.npz")) for number in range(len(events))]
        return BareRun(outputs, np.load(Path(folder) / "seconds.npz")["seconds"].tolist())
