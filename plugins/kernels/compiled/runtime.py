"""How the kernels are compiled, cached, announced, and kept from running into one another."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core.cpu_options import ParallelOptions

from registry.plugins.kernels.compiled.linking import linked
from registry.plugins.kernels.compiled.threads import equal_arithmetic, runnable

LOGGER = logging.getLogger("registry.plugins.kernels")
_SECONDS_TO_COMPILE = 8
"""On two idle cores; `python -m benchmarks first_start` measures it."""

_LOOPS = ParallelOptions(
    dict.fromkeys(("comprehension", "reduction", "inplace_binop", "setitem", "numpy", "stencil", "fusion"), False)
)
"""What runs on several threads: loops that say so. Numba would compile a loop of its own for every `np.zeros`, too."""

# Its options are more than its types say.
_njit: Any = numba.njit

_lock = threading.RLock()

EXPECTED: dict[Any, threading.Event] = {}
"""Kernels that a process beside this one compiles (`beside.py`), each with the event that it is done."""

_LONGEST = 300.0
"""Seconds after which a kernel is compiled here all the same."""


def _forget_threads_after_fork() -> None:
    global _lock
    _lock = threading.RLock()
    EXPECTED.clear()


os.register_at_fork(after_in_child=_forget_threads_after_fork)


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold the lock under which parallel kernels run; plugins with parallel Numba code of their own take it too.

    Not every pool of threads of Numba allows two calls at once, and one kernel uses all cores anyway.
    """
    with _lock, equal_arithmetic():
        yield


def compiled(function: Callable[..., Any] | None = None, *, parallel: bool = False) -> Any:
    """Compile a kernel with Numba: no interpreter lock, cached beside the package or in the user's cache folder.

    A function is compiled once for every combination of types that it is called with. Numbers that are written out have
    types of their own, as have what a parallel loop counts and what an array of int32 holds: what calls another
    function starts its variables as `np.int64(0)`, and turns such numbers into `np.int64`.
    """
    if function is None:
        return functools.partial(compiled, parallel=parallel)
    loops = _LOOPS if parallel else False
    dispatcher = _njit(nogil=True, parallel=loops, error_model="numpy", no_cfunc_wrapper=True)(function)
    dispatcher.compile = linked(dispatcher.compile)
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        # Numba has found no folder that can be written to: neither the package's nor the user's, as in a container.
        _announce_no_cache("there is no folder that can be written to")
        return dispatcher
    _drop_stale_code(dispatcher)
    _survive_a_full_disk(dispatcher._cache)
    return dispatcher


def inner(function: Callable[..., Any] | None = None, *, allocates: bool = True) -> Any:
    """Compile, as a part of the kernels that call it, a function that Python never calls.

    It has no way in from Python, which for a tuple of ten arrays is longer than most such functions (a call from Python
    would crash), and no file of its own in the cache.

    `allocates=False` leaves out Numba's counting of references, an atomic operation for every array that a function is
    given or takes out of a tuple: in functions called once a tile it cost more than the work. Such functions can
    neither make nor return arrays (Numba refuses).
    """
    if function is None:
        return functools.partial(inner, allocates=allocates)
    options: dict[str, Any] = {} if allocates else {"_nrt": False}
    ways_in = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _njit(nogil=True, error_model="numpy", **ways_in, **options)(function)


def _survive_a_full_disk(cache: Any) -> None:
    """Let compiled code that cannot be kept be used all the same."""
    save = cache.save_overload

    def save_if_possible(signature: Any, code: Any) -> None:
        try:
            save(signature, code)
        except OSError as error:
            _announce_no_cache(error.strerror or str(error))

    cache.save_overload = save_if_possible


@functools.cache
def _announce_no_cache(reason: str) -> None:
    """Say once that every process will compile anew."""
    LOGGER.warning(
        "compiled kernels cannot be kept (%s): every run compiles them, about %d s; NUMBA_CACHE_DIR names a folder",
        reason,
        _SECONDS_TO_COMPILE,
    )


def wait_for(kernel: Any) -> None:
    """Wait until a kernel is there, if it is being compiled beside this process."""
    if kernel in EXPECTED:
        EXPECTED[kernel].wait(_LONGEST)


def run(kernel: Any, *arguments: Any) -> Any:
    """Call a parallel kernel under the lock; say once a process if that means compiling."""
    if not kernel.signatures:
        wait_for(kernel)
        announce_compiling(kernel)
    with exclusive():
        return runnable(kernel)(*arguments)


def aligned(shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray:
    """Return an uninitialised array that starts at a multiple of 64 bytes: TensorFlow takes it over without a copy."""
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    raw = np.empty(size + 64, np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size].view(dtype).reshape(shape)


_announced = False


def announce_compiling(kernel: Any) -> None:
    """Say once that kernels are compiled, unless some have been before."""
    global _announced
    folder = cache_folder(kernel)
    if _announced or folder is None or any(folder.glob("*.nbc")):
        return
    _announced = True
    LOGGER.warning("compiling kernels (about %d s, once per machine)", _SECONDS_TO_COMPILE)


def cache_folder(kernel: Any) -> Path | None:
    """Return the folder of a kernel's compiled code; None where none can be kept."""
    path = kernel.stats.cache_path
    return Path(path) if path else None


@functools.cache
def _source_digest() -> str:
    """Digest of the sources of all kernels."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_checked_folders: set[Path] = set()


def _drop_stale_code(kernel: Any) -> None:
    """Remove cached code that was compiled from other sources than those here.

    Numba looks only at the file of the function itself, and would keep code into which an older version of a helper
    from another file was inlined.
    """
    folder = cache_folder(kernel)
    if folder is None or folder in _checked_folders:
        return
    _checked_folders.add(folder)
    note = folder / "kernels.digest"
    if note.exists() and note.read_text() == _source_digest():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for pattern in ("*.nbi", "*.nbc"):
            for path in folder.glob(pattern):
                path.unlink(missing_ok=True)
        note.write_text(_source_digest())
    except OSError as reason:
        LOGGER.info("cannot tidy the kernel cache %s: %s", folder, reason)
