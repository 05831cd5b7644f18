"""A hash of what a file holds, quickly made for a large one."""

from __future__ import annotations

import hashlib
from pathlib import Path

WHOLE = 64 * 2**20
"""Bytes up to which a file is read as a whole."""

ENDS = 2**20
"""Bytes at the head and at the tail that stand for the rest of a larger file."""


def digest_of(path: Path, verify: bool = False) -> str:
    """Return the sha256 of a file's contents; of one above 64 MiB that of its size, time, head and tail.

    `verify`: read every file as a whole. Raises OSError for a file that cannot be read.
    """
    about = path.stat()
    with path.open("rb") as stream:
        if verify or about.st_size <= WHOLE:
            return hashlib.file_digest(stream, "sha256").hexdigest()
        made = hashlib.sha256(f"{about.st_size} {about.st_mtime_ns}".encode())
        made.update(stream.read(ENDS))
        stream.seek(-ENDS, 2)
        made.update(stream.read(ENDS))
        return made.hexdigest()
