"""Measures contenders in processes of their own, so that none inherits another's memory, threads or compiled code.

Contenders that a suite names as `PAIRED` share a process and take turns: what else the machine does meets all of them.
"""

from __future__ import annotations

import ctypes
import gc
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from benchmarks.case import Case
from registry.contract.openmp import WAITING

MEGABYTE = 2**20

TURN = 0.02
"""Seconds that a turn lasts at least: what takes less is called so often, and none pays for waking its threads."""


def run_in_turns(
    cases: Sequence[Case], repeats: int, timeout: float, memory: float, checkout: Path | None = None
) -> list[dict[str, Any]]:
    """Return the figures of each case, or {"failed": why}; `timeout` in seconds for each, `memory` in GB.

    Several are measured in turns in one process; each in its own where that fails. `checkout`: another one, whose
    benchmarks are run by the Python of its `.venv`.
    """
    found = _run(cases, repeats, len(cases) * timeout, memory, checkout)
    if len(cases) > 1 and any("failed" in figures for figures in found):
        return [_run([case], repeats, timeout, memory, checkout)[0] for case in cases]
    return found


def _run(
    cases: Sequence[Case], repeats: int, timeout: float, memory: float, checkout: Path | None
) -> list[dict[str, Any]]:
    # One alone goes by its name, and its figures come alone: so older checkouts have it.
    names = [case.contender for case in cases] if len(cases) > 1 else cases[0].contender
    job = json.dumps([cases[0].suite, names, cases[0].parameters, repeats, memory])
    python = checkout.resolve() / ".venv" / "bin" / "python" if checkout else sys.executable
    command = [str(python), "-m", "benchmarks.process", job]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **WAITING, **os.environ}
    options: dict[str, Any] = {"capture_output": True, "text": True, "cwd": checkout}
    # The process leaves at once when it has measured: its files are removed here.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            environment["TMPDIR"] = folder
            done = subprocess.run(command, timeout=timeout, check=False, env=environment, **options)
        except subprocess.TimeoutExpired:
            return [{"failed": f"more than {timeout:.0f} s"} for _ in cases]
    for line in done.stdout.splitlines():
        if line.startswith("FIGURES "):
            figures = json.loads(line.removeprefix("FIGURES "))
            return [figures] if len(cases) == 1 else list(figures)
    return [{"failed": _reason(done.stderr, memory)} for _ in cases]


def _reason(errors: str, memory: float) -> str:
    if any(word in errors for word in ("MemoryError", "OOM", "bad_alloc", "ResourceExhausted", "allocate memory")):
        return f"out of {memory:.0f} GB"
    lines = errors.strip().splitlines()
    return lines[-1][:120] if lines else "killed"


def measure(case: Case, repeats: int) -> dict[str, Any]:
    """Return seconds (median, fastest, slowest), the peak of extra memory (MB), and what the contender itself notes.

    One call to warm up goes before; its memory counts, since allocators do not give it back.
    """
    from benchmarks.suites import load

    timed = load(case.suite).CONTENDERS[case.contender](**case.parameters)
    noted: list[Any] = []
    with _PeakMemory() as memory:
        timed()
        seconds = [_seconds(timed, noted) for _ in range(repeats)]
    return {**_median_notes(noted), **_figures(seconds, memory)}


def measure_in_turns(cases: Sequence[Case], repeats: int) -> list[dict[str, Any]]:
    """Return the same of several contenders; the memory is that of the second call: what is compiled is left out."""
    from benchmarks.suites import load
    from registry.training.allocator import keep_freed_memory

    contenders = load(cases[0].suite).CONTENDERS
    timed = [contenders[case.contender](**case.parameters) for case in cases]
    memories = []
    for call in timed:
        call()
        with _PeakMemory() as memory:
            call()
        memories.append(memory)
    # As in a training: no contender is told to wait for the system to hand out the memory of its result anew.
    keep_freed_memory()
    calls = [math.ceil(TURN / _seconds(call, [])) for call in timed]
    seconds = [[_seconds_of_one(*turn) for turn in zip(timed, calls, strict=True)] for _ in range(repeats)]
    return [_figures(list(own), memory) for own, memory in zip(zip(*seconds, strict=True), memories, strict=True)]


def _figures(seconds: list[float], memory: _PeakMemory) -> dict[str, float]:
    seconds = sorted(seconds)
    return {
        "seconds": seconds[len(seconds) // 2],
        "fastest": seconds[0],
        "slowest": seconds[-1],
        "extra_mb": round(memory.peak - memory.before),
        "process_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE),
    }


def _seconds(timed: Callable[[], Any], noted: list[Any]) -> float:
    started = time.perf_counter()
    found = timed()
    noted.append(found)
    # What begins and ends processes says itself which of the time counts.
    return found["seconds"] if isinstance(found, dict) and "seconds" in found else time.perf_counter() - started


def _seconds_of_one(timed: Callable[[], Any], calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        timed()
    return (time.perf_counter() - started) / calls


def _median_notes(noted: list[Any]) -> dict[str, float]:
    """Return the medians of further figures, for contenders that return them by name."""
    if not isinstance(noted[0], dict):
        return {}
    return {name: sorted(note[name] for note in noted)[len(noted) // 2] for name in noted[0]}


class _PeakMemory:
    """The largest resident memory of this process (MB) inside a `with`, as the kernel keeps it (Linux; else 0)."""

    def __enter__(self) -> Self:
        gc.collect()
        if sys.platform == "linux":
            # What making the data has freed goes back to the system, so that it counts when it is taken again.
            ctypes.CDLL(None).malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5")
        self.before = self.peak = _status("VmRSS")
        return self

    def __exit__(self, *error: object) -> None:
        self.peak = max(self.before, _status("VmHWM"))


def resident() -> float:
    """Return the memory of this process (MB)."""
    return _status("VmRSS")


_HEAP = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
"""Fields of glibc's mallinfo2(3), in its order."""


class _Heap(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_size_t) for name in _HEAP)


def allocated() -> float:
    """Return the memory (MB) that is allocated and not freed; where the C library does not say, what is resident.

    What is resident may grow without it: freed memory between pieces in use is only taken again by what fits.
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        return resident()
    library.mallinfo2.restype = _Heap
    heap = library.mallinfo2()
    return float(heap.uordblks + heap.hblkhd) / MEGABYTE


def _status(field: str) -> float:
    """Return a field of /proc/self/status in MB."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else []:
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / MEGABYTE
    return 0.0


def main() -> None:
    """Measure the cases described by the first argument and print their figures."""
    suite, names, parameters, repeats, memory = json.loads(sys.argv[1])
    limit = int(memory * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    if isinstance(names, str):
        print("FIGURES " + json.dumps(measure(Case(suite, names, parameters), repeats)), flush=True)
    else:
        cases = [Case(suite, name, parameters) for name in names]
        print("FIGURES " + json.dumps(measure_in_turns(cases, repeats)), flush=True)
    from benchmarks.suites import load

    getattr(load(suite), "close", lambda: None)()
    # TensorFlow's threads may take seconds to end, or crash while they do.
    os._exit(0)


if __name__ == "__main__":
    main()
