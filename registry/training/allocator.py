"""Lets a process keep the memory that it frees: the tensors of a step take what those of the step before have left."""

from __future__ import annotations

import ctypes
import os
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""Numbers of glibc's mallopt(3)."""

LARGEST = 2**30
"""Bytes of a block that is asked of the system, and goes back to it, by itself."""

CHOICES = ("GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_")
"""Environment variables by which users choose themselves."""


def keep_freed_memory() -> None:
    """Let what is freed be used again, where glibc manages memory and the user has chosen nothing else.

    Without it the pages of large tensors go back to the system and are cleared anew in every step, and threads have
    heaps of their own, each with gaps.
    """
    if sys.platform != "linux" or any(name in os.environ for name in CHOICES):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "gnu_get_libc_version"):
        for option, value in ((ARENA_MAX, 1), (MMAP_THRESHOLD, LARGEST), (TRIM_THRESHOLD, 2**31 - 1)):
            library.mallopt(option, value)
