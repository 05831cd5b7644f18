"""Starts commands as processes that have imported TensorFlow already: copies of one that waits (fork).

Such a process has the working folder, environment, arguments and streams that it is given, and ends with the status of
the command, as `python -m` does; it only begins seconds earlier. What a process imports, and how it begins, is
tested with processes of Python's own.
"""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from registry.contract.openmp import WAITING

ROOT = Path(__file__).resolve().parents[1]
SERVER = Path(__file__).with_name("warm_server.py")
CLIENT = Path(__file__).with_name("warm_client.py")


def warm(*arguments: object) -> list[str]:
    """Return the command that does what `python` does with these arguments: `-m`, a module, and what that takes."""
    return [sys.executable, "-IS", str(CLIENT), _address(), *map(str, arguments)]


@cache
def warm_python() -> Path:
    """Write a `python` for shells, that is quick with the commands of the package and as usual otherwise."""
    path = Path(_address()).with_name("python")
    quick, usual = shlex.join(warm()), shlex.quote(sys.executable)
    path.write_text(
        f'#!/bin/sh\ncase "$1 $2" in\n"-m registry"*) exec {quick} "$@" ;;\n*) exec {usual} "$@" ;;\nesac\n'
    )
    path.chmod(0o755)
    return path


@cache
def _address() -> str:
    """Start the process that waits, once, and return where it listens; it ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="warm"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = str(folder / "socket")
    settings = {"TF_CPP_MIN_LOG_LEVEL": "2", **WAITING, "MLFLOW_DISABLE_TELEMETRY": "true"}
    waiting = subprocess.Popen(
        [sys.executable, str(SERVER), address],
        cwd=ROOT,
        env={**settings, **os.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert waiting.stdin is not None
    atexit.register(waiting.stdin.close)
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == b"ready\n"
    return address
