"""Writes a file that the user asked for."""

from __future__ import annotations

from pathlib import Path

from registry.contract.errors import InputError, Problem


def write_file(name: str, content: str | bytes) -> None:
    """Write a file, and the folders above it; raise InputError if that cannot be done."""
    path = Path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise InputError([Problem(f"{name} cannot be written: {error.strerror}")]) from error
