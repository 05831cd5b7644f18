"""The standard streams of a command: what cannot be written there is noted, and ends nothing."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from registry.console.terminal import HANDLER, print_in_any_encoding


class _Descriptor(io.RawIOBase):
    """Writes to a file descriptor; the first error is kept, and nothing is written after it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        while self.error is None:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.error = error
        return len(data)


class Failures:
    """What went wrong with the standard output; `error` is None while all could be written."""

    def __init__(self) -> None:
        self._outputs: list[_Descriptor] = []

    @property
    def error(self) -> OSError | None:
        """The first error."""
        return next((output.error for output in self._outputs if output.error), None)

    def watch(self, output: _Descriptor) -> None:
        """Look at this output too."""
        self._outputs.append(output)


@contextmanager
def unfailing_output() -> Iterator[Failures]:
    """Let printing never fail, neither by a sign that the encoding lacks nor by a full disk or a reader that has gone.

    A stream that was closed, or that is no file (in a notebook, in tests), stays as it is.
    """
    _fill_closed_descriptors()
    print_in_any_encoding()
    failures = Failures()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_guarded(stream, failures if stream is before[0] else None) for stream in before)
    try:
        yield failures
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with suppress(OSError, ValueError):
                    stream.flush()
        sys.stdout, sys.stderr = before


def _guarded(stream: Any, failures: Failures | None) -> Any:
    try:
        descriptor = stream.fileno()
        stream.flush()
    except (AttributeError, OSError, ValueError):
        return stream
    raw = _Descriptor(descriptor)
    if failures is not None:
        failures.watch(raw)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=HANDLER,
        line_buffering=stream.line_buffering,
        write_through=getattr(stream, "write_through", False),
    )


def _fill_closed_descriptors() -> None:
    """Open the standard descriptors that the caller has closed: the next file would get their numbers."""
    with suppress(OSError):
        while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(opened)
