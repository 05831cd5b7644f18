"""A hash of what a file holds, quickly made for a large one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

WHOLE = 64 * 2**20
"""Bytes that files may have together to be read as a whole."""

ENDS = 2**16
"""Bytes at the head and at the tail that stand for the rest of a larger file."""


def digests_of(paths: Sequence[Path], verify: bool = False) -> list[str]:
    """Return a hash of each of some files.

    They are read as a whole if they have less than 64 MiB together, or with `verify`; else size, time, head and tail
    stand for each that has more than the two. Raises OSError for a file that cannot be read.
    """
    large = sum(path.stat().st_size for path in paths) > WHOLE
    return [_digest(path, None if verify else 2 * ENDS if large else WHOLE) for path in paths]


def _digest(path: Path, whole: int | None) -> str:
    about = path.stat()
    with path.open("rb") as stream:
        if whole is None or about.st_size <= whole:
            return hashlib.file_digest(stream, "sha256").hexdigest()
        made = hashlib.sha256(f"{about.st_size} {about.st_mtime_ns}".encode())
        made.update(stream.read(ENDS))
        stream.seek(-ENDS, 2)
        made.update(stream.read(ENDS))
        return made.hexdigest()
