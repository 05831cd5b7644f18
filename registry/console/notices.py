"""Keeps TensorFlow's start-up notices off the terminal; everything else it writes there is passed on."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from registry.console.signals import LISTENER

_NOTICE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|[IW]\d{4} \d\d:\d\d:\d+\.\d+ +\d+ (port|cpu_feature_guard|cuda|gpu_device)"
    rb"|To enable the following instructions"
    # TensorFlow calls it an error where there is no driver, as on every machine without a GPU.
    rb"|E\d{4} \d\d:\d\d:\d+\.\d+ +\d+ cuda_platform.*cuInit.*\(303\)"
)


@contextmanager
def without_startup_notices() -> Iterator[None]:
    """Hold back what is written to the standard error stream, also by native code, and drop the notices in it."""
    try:
        stream = sys.stderr.fileno()
    except (OSError, AttributeError, ValueError):
        yield
        return
    sys.stderr.flush()
    kept = os.dup(stream)
    with _file_in_memory() as held:
        os.dup2(held.fileno(), stream)
        LISTENER.stream = kept
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, stream)
            LISTENER.stream = stream
            os.close(kept)
            held.seek(0)
            for line in held:
                if not _NOTICE.match(line):
                    os.write(stream, line)


def _file_in_memory() -> IO[bytes]:
    """Return a file that is gone once it is closed."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("notices"), "w+b")
    import tempfile

    return tempfile.TemporaryFile()
