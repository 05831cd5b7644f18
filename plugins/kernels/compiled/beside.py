"""Compiles kernels in processes beside this one, while TensorFlow traces the graph that is going to call them.

Numba compiles one function at a time in a process. The processes keep what they compile in the cache on disk, where the
first call of a kernel finds it.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from typing import Any

from registry.plugins.kernels.compiled.runtime import EXPECTED, announce_compiling, cache_folder
from registry.plugins.kernels.compiled.usual import TYPES, kernel, name_of

IDLE = 20.0
"""Seconds without work after which a process ends: gradients are traced long after what they are gradients of."""

COMMAND = [sys.executable, "-P", "-m", __name__]

_names: queue.SimpleQueue[str] = queue.SimpleQueue()
_processes = 0
_lock = threading.Lock()


def expect(*kernels: Any) -> None:
    """Have kernels compiled that are going to be called, those excepted that have been compiled before."""
    for item in kernels:
        if item in EXPECTED or item.signatures or _is_kept(item):
            continue
        EXPECTED[item] = threading.Event()
        announce_compiling(item)
        _names.put(name_of(item))
        _start_process()


def _is_kept(item: Any) -> bool:
    """Say whether the cache has code of a kernel, or there is no cache to put any into."""
    folder = cache_folder(item)
    return folder is None or any(folder.glob(f"{name_of(item)}-*.nbi"))


def _start_process() -> None:
    """Start one more process, unless every core has one: a core alone compiles as quickly without."""
    global _processes
    with _lock:
        if _processes < len(os.sched_getaffinity(0)):
            _processes += 1
            threading.Thread(target=_serve, name="compiling kernels", daemon=True).start()


def _serve() -> None:
    """Hand names of kernels to a process, one after the other, until there are no more."""
    global _processes
    try:
        with subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        ) as process:
            while _hand_on(process):
                pass
    except OSError:
        # Without processes the first call of a kernel compiles it.
        pass
    finally:
        with _lock:
            _processes -= 1
            if not _processes:
                _give_up()


def _hand_on(process: subprocess.Popen[str]) -> bool:
    """Have one kernel compiled; say whether the process may be given another."""
    try:
        name = _names.get(timeout=IDLE)
    except queue.Empty:
        return False
    try:
        if process.stdin is None or process.stdout is None:
            return False
        process.stdin.write(f"{name}\n")
        process.stdin.flush()
        return bool(process.stdout.readline())
    except OSError:
        return False
    finally:
        EXPECTED[kernel(name)].set()


def _give_up() -> None:
    """Let nobody wait for what no process will compile."""
    while True:
        try:
            EXPECTED[kernel(_names.get_nowait())].set()
        except queue.Empty:
            return


def main() -> None:
    """Compile the kernels whose names are read, a line each, and answer each with a line."""
    for line in sys.stdin:
        name = line.strip()
        kernel(name).compile(TYPES[name])
        sys.stdout.write("\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
