"""What a command has answered, given again for as long as nothing that it looked at has changed.

An answer is kept only of a command that says which files it looked at, and is given again only if arguments, working
folder, environment, Python and all of these files (`remembered`), and those of all modules that were imported, are
what they were. What changed shortly before, or since, leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

from registry.contract.remembered import cache_folder, read_kept, state_of, write_kept

SETTLED = 5_000_000_000
"""Nanoseconds that files are unchanged when a command begins: its modules were imported a moment before."""

MOST = 100
"""Answers that are kept."""

FLEETING = ("_", "OLDPWD", "SHLVL")
"""Variables that shells change with every command."""


def typed(command: str, arguments: Sequence[str] | None) -> bool:
    """Say whether this process was started for the command with these arguments; None: with its own."""
    return arguments is None or sys.argv[1:] == [command, *arguments]


class Answer:
    """The answer to the arguments of this process."""

    def __init__(self) -> None:
        self._begun = time.time_ns()
        # Taken now: what is imported later may change the environment.
        self._asked = _question()
        folder = cache_folder()
        self._place = os.path.join(folder, f"answer-{self._asked[:16]}.json") if folder else ""

    def again(self) -> str | None:
        """Return what was answered before; None if there is nothing, or something has changed."""
        kept = read_kept(self._place) if self._place else {}
        paths = kept.get("paths")
        if not isinstance(paths, list) or kept["of"] != self._mark(state_of(paths)[0]):
            return None
        return str(kept["fact"])

    def keep(self, text: str, looked_at: Iterable[str]) -> None:
        """Keep an answer that follows from these files, or folders, and from the modules that were imported."""
        if not self._place:
            return
        paths = sorted({*map(_absolute, looked_at), *_imported_from()})
        state, latest = state_of(paths)
        if latest < self._begun - SETTLED:
            _leave_room(os.path.dirname(self._place))
            write_kept(self._place, {"of": self._mark(state), "paths": paths, "fact": text})

    def _mark(self, state: str) -> str:
        return hashlib.sha256(f"{self._asked}\n{state}".encode()).hexdigest()


def _question() -> str:
    """Return a hash of all that an answer depends on besides files."""
    try:
        here = os.getcwd()
    except FileNotFoundError:
        here = ""
    environment = {name: value for name, value in os.environ.items() if name not in FLEETING}
    asked = [sys.argv, sys.orig_argv, here, environment, sys.version, sys.executable, sys.path, os.getuid()]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _imported_from() -> Iterator[str]:
    """Yield the files of all modules, the folders that modules are looked for in, and what packages declare there."""
    for module in list(sys.modules.values()):
        # Of a module that stands in for one which is not imported, nothing may be asked.
        file = getattr(module, "__dict__", {}).get("__file__")
        if file:
            yield _absolute(file)
    for folder in map(os.path.abspath, sys.path):
        yield folder
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        yield from (f"{folder}/{name}/entry_points.txt" for name in names if "-info" in name)


def _absolute(path: str) -> str:
    """Return a path from the root on; most are, and to say so takes less than to make it one."""
    return path if path.startswith("/") and "/." not in path and "//" not in path else os.path.abspath(path)


def _leave_room(folder: str) -> None:
    """Remove the oldest answers."""
    try:
        with os.scandir(folder) as entries:
            answers = [(entry.stat().st_mtime, entry.path) for entry in entries if entry.name.startswith("answer-")]
        for _, path in sorted(answers)[: max(0, len(answers) - MOST + 1)]:
            os.unlink(path)
    except OSError:
        return
