"""Writes files so that nobody ever finds half of one: under a temporary name first, then in its place."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from registry.contract.errors import InputError, Problem

PARTIAL = ".partial"
"""Part of the name of a file that is being written."""

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def irregular(path: str | Path) -> str:
    """Return what stands in the place of a file, "a pipe" or "a device"; empty for files, folders and nothing.

    Reading from a pipe that nobody writes to would wait for ever.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return ""
    return next((kind for is_it, kind in _KINDS if is_it(mode)), "")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; the file written there takes its place when it is whole and on the disk.

    The ending is kept. If the context is left by an error, what was there before stays and nothing else is left.
    Raises OSError, with the name `path`, if the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".{target.stem}{PARTIAL}-{os.getpid()}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(partial, stat.S_IMODE(target.stat().st_mode))
        os.replace(partial, target)
        _sync_folder(target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Put a new name on the disk, where the file system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, and the folders above it, as a whole; raises OSError, with its name, if that cannot be done."""
    data = content.encode() if isinstance(content, str) else content
    if irregular(path):
        _write_into(path, data)
        return
    with replacing(path) as partial:
        partial.write_bytes(data)


def _write_into(path: Path, data: bytes) -> None:
    """Write to a device or a pipe; a pipe that nobody reads is an error at once."""
    handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(handle, True)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def append_whole(path: Path, data: bytes, at_once: bool = True) -> None:
    """Add to the end of a file; if not all of it can be written, none of it is.

    `at_once`: put it on the disk before anything else is done. Raises OSError, with the file's name.
    """
    try:
        with path.open("ab", buffering=0) as file:
            before = os.fstat(file.fileno()).st_size
            try:
                if file.write(data) != len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                if at_once:
                    os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), before)
                raise
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def write_file(name: str, content: str | bytes) -> None:
    """Write a file that the user asked for, and the folders above it; raise InputError if that cannot be done."""
    try:
        write_whole(Path(name), content)
    except OSError as error:
        raise InputError([Problem(f"{name} cannot be written: {error.strerror}")]) from error
