"""What was found out of files, kept in the user's cache folder for as long as the files stay what they are.

A file counts as unchanged as git holds it: place, size, times of contents and of its entry, and number. One that was
changed within the last seconds may be changed again at the same time by its clock: nothing is kept of it. What cannot
be read or written, or is somebody else's, is as good as nothing. The environment variable REGISTRY_CACHE names the
folder; empty, it turns all this off.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from types import FunctionType
from typing import Any, TypeVar, cast

VARIABLE = "REGISTRY_CACHE"
"""The environment variable that names the folder."""

SETTLED = 2_000_000_000
"""Nanoseconds since its last change after which a file is trusted to differ in its times once it changes again."""

Fact = TypeVar("Fact")


def remembered(subject: str, files: Iterable[str], find_out: Callable[[], Fact]) -> Fact:
    """Return what `find_out` returns, which is written as JSON, without calling it if the files are unchanged.

    `subject`: what is found out; `files`: all that it follows from, besides `find_out` and this folder.
    """
    folder = cache_folder()
    if folder is None:
        return find_out()
    begun = time.time_ns()
    state, latest = state_of([*files, cast("FunctionType", find_out).__code__.co_filename, *_own_files()])
    mark = hashlib.sha256(f"{subject}\n{sys.version}\n{state}".encode()).hexdigest()
    place = os.path.join(folder, f"{hashlib.sha256(f'{subject}{sys.prefix}'.encode()).hexdigest()[:16]}.json")
    known = read_kept(place)
    if known.get("of") == mark:
        found: Fact = known["fact"]
        return found
    fact = find_out()
    if latest < begun - SETTLED:
        write_kept(place, {"of": mark, "fact": fact})
    return fact


def source_files(top: str, leave_out: str = "") -> Iterator[str]:
    """Yield the Python files in a folder and all below it; `leave_out`: a folder in it that is not looked into."""
    pending = [top]
    while pending:
        folder = pending.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    yield entry.path
                elif entry.name not in ("__pycache__", leave_out if folder == top else "") and _is_folder(entry):
                    pending.append(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


@cache
def _own_files() -> list[str]:
    """Return the files here: what is found out of others follows from them, too."""
    return list(source_files(os.path.dirname(__file__)))


def cache_folder() -> str | None:
    """Return the folder of what is kept; None where none is."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return named or None
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(caches, "registry") if os.path.isabs(caches) else None


def state_of(files: Iterable[str]) -> tuple[str, int]:
    """Return what is seen of files without reading them, and when the last of them was changed."""
    lines, latest = [], 0
    for file in sorted(set(files)):
        try:
            seen = os.stat(file)
        except OSError:
            lines.append(f"{file} is not there")
            continue
        latest = max(latest, seen.st_mtime_ns, seen.st_ctime_ns)
        lines.append(f"{file} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns} {seen.st_ino}")
    return "\n".join(lines), latest


def read_kept(place: str) -> dict[str, Any]:
    """Return what is kept in a file; nothing if it is damaged, or somebody else's."""
    try:
        found = json.loads(read_own(place))
    except ValueError:
        return {}
    return found if isinstance(found, dict) and {"of", "fact"} <= found.keys() else {}


def write_kept(place: str, known: dict[str, Any]) -> None:
    """Keep what is known, as JSON."""
    write_file(place, json.dumps(known).encode())


def write_file(place: str, content: bytes) -> None:
    """Write a file of the cache folder as a whole or not at all."""
    partial = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        with open(partial, "wb") as file:
            file.write(content)
        os.replace(partial, place)
    except OSError:
        with suppress(OSError):
            os.unlink(partial)


def read_own(place: str) -> bytes:
    """Return what a file of the cache folder holds; nothing if it is somebody else's, or cannot be read."""
    try:
        with open(place, "rb") as file:
            return file.read() if os.fstat(file.fileno()).st_uid == os.getuid() else b""
    except OSError:
        return b""
