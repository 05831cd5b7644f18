"""The threads that kernels run on: which pool, what of it after a fork, and equal arithmetic on all of them."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
from numba.np.ufunc.parallel import threading_layer

from registry.contract.openmp import let_threads_sleep

LINUX = sys.platform == "linux"

FEW = 8
"""Threads up to which OpenMP has them: each thread of TensorFlow's that calls a kernel gets as many of its own."""

# With OpenMP the thread that calls a kernel takes its share of the work, so that one less is woken: a training step
# makes two hundred calls. Where its threads would spin between calls they keep TensorFlow's from working. "workqueue",
# which Numba brings along, has one pool for all. The variables of Numba and OpenMP win.
if LINUX:
    # A training has said so before; who only predicts, or calls a kernel, has not.
    let_threads_sleep()
    # The kernels need little of a stack, of which there is one for each of these threads.
    os.environ.setdefault("OMP_STACKSIZE", "2M")
_threads: int = getattr(numba.config, "NUMBA_NUM_THREADS")  # noqa: B009 (made at run time, unknown to checkers)
_LAYERS = ["omp", "workqueue"] if LINUX and _threads <= FEW else ["workqueue", "omp"]
if not {"NUMBA_THREADING_LAYER", "NUMBA_THREADING_LAYER_PRIORITY"} & os.environ.keys():
    setattr(numba.config, "THREADING_LAYER_PRIORITY", [*_LAYERS, "tbb"])  # noqa: B010

_threads_are_gone = False
"""In a process that is the copy of one whose kernels had threads: GNU OpenMP ends it at the next call."""


def _look_for_threads() -> None:
    global _threads_are_gone
    try:
        _threads_are_gone = threading_layer() == "omp"
    except ValueError:
        # No kernel has run yet: this process starts threads of its own.
        _threads_are_gone = False


os.register_at_fork(after_in_child=_look_for_threads)


def runnable(kernel: Any) -> Any:
    """Return what runs a kernel in this process: itself, or where a fork has left no threads, one without."""
    return _alone(kernel) if _threads_are_gone else kernel


@functools.cache
def _alone(kernel: Any) -> Any:
    # Not kept on the disk: there the file of the kernel with threads has the same name.
    return numba.njit(nogil=True, error_model="numpy")(kernel.py_func)


_library: Any = ctypes.PyDLL(None) if LINUX else None
_DEFAULT_ENVIRONMENT = ctypes.c_void_p(-1)
"""FE_DFL_ENV of Linux's C libraries."""

_BYTES = 256
"""More than any fenv_t has."""


@contextmanager
def equal_arithmetic() -> Iterator[None]:
    """Let the calling thread compute as the threads of the pool do.

    TensorFlow rounds the smallest numbers to 0 on its own threads, which take part in a kernel that they call: results
    would depend on which thread a hit comes to.
    """
    before = ctypes.create_string_buffer(_BYTES)
    if _library is None or _library.fegetenv(before) or _library.fesetenv(_DEFAULT_ENVIRONMENT):
        yield
        return
    try:
        yield
    finally:
        _library.fesetenv(before)
