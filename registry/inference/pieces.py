"""Keeps what was predicted so far beside the file that it will be, so that an interruption costs a moment's work."""

from __future__ import annotations

import errno
import fcntl
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from registry.console.files import PARTIAL, replacing, write_whole
from registry.contract.errors import InputError, Problem, RunError
from registry.inference.tables import Rows, Table

HITS_OF_A_PIECE = 250_000
"""Hits after which what was done is put on the disk."""

SECONDS_OF_A_PIECE = 20.0
"""Time after which it is put there, too."""

ABOUT, LOCK = "about.json", "lock"

_NAME = re.compile(r"^(\d{8})-(\d{8})\.npz$")
"""The name of a piece: the number of its first group of events, and that after its last one."""


class Pieces:
    """Pieces of tables in a folder beside the file that they will be."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.folder = file.with_name(file.name + PARTIAL)

    @contextmanager
    def opened(self, about: Mapping[str, tuple[str, str]]) -> Iterator[None]:
        """Begin, or go on with what was begun; `about`: what it is made of, by its kind: a hash, and what it is called.

        Raises InputError if something else was begun, RunError if another process is at it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError([Problem(f"{self._file} cannot be written: {error.strerror}")]) from error
        with (self.folder / LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                    raise RunError(f"{self._file} is being written by another process") from error
            self._check(about)
            yield

    def _check(self, about: Mapping[str, tuple[str, str]]) -> None:
        path = self.folder / ABOUT
        if not path.exists():
            write_whole(path, json.dumps(dict(about), indent=1) + "\n")
            return
        try:
            begun = {name: tuple(item) for name, item in json.loads(path.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            begun = {}
        none = ("", "nothing")
        differ = [name for name in {**begun, **about} if begun.get(name, none)[0] != about.get(name, none)[0]]
        if differ:
            lines = [
                f"{name}: begun with {begun.get(name, none)[1]}, now {about.get(name, none)[1]}" for name in differ
            ]
            hint = "\n".join([*lines, "choose another file, or begin anew: --restart"])
            message = f"{self._file} was begun with another {' and another '.join(differ)}: {self.folder}"
            raise InputError([Problem(message, hint=hint)])

    @property
    def done(self) -> int:
        """The number of groups of events that are in pieces without a gap."""
        return max((end for _, end, _ in self._chain()), default=0)

    def add(self, first: int, end: int, tables: Mapping[str, Rows]) -> None:
        """Keep the rows of some groups of events, of each table by its name."""
        self.keep(
            first, end, {f"{table}/{name}": column for table, rows in tables.items() for name, column in rows.items()}
        )

    def keep(self, first: int, end: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays of some groups of events by name."""
        with replacing(self.folder / f"{first:08d}-{end:08d}.npz") as partial:
            np.savez(partial, **arrays)  # type: ignore[arg-type]

    def table(self, name: str) -> Table | None:
        """Return a table of all pieces; None if there is no such table."""
        files = self.files
        rows = 0
        columns: dict[str, np.dtype] = {}
        for file in files:
            with np.load(file) as arrays:
                own = [key for key in arrays.files if key.startswith(f"{name}/")]
                if not own:
                    return None
                if not columns:
                    columns = {key.removeprefix(f"{name}/"): arrays[key].dtype for key in own}
                rows += len(arrays[own[0]])

        def pieces() -> Iterator[Rows]:
            for file in files:
                with np.load(file) as arrays:
                    yield {column: arrays[f"{name}/{column}"] for column in columns}

        return Table(name, columns, rows, pieces)

    @property
    def files(self) -> list[Path]:
        """The pieces, without a gap."""
        return [file for _, _, file in self._chain()]

    def remove(self) -> None:
        """Remove all pieces."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)

    def _chain(self) -> list[tuple[int, int, Path]]:
        found = {}
        for file in self.folder.glob("*.npz"):
            if match := _NAME.match(file.name):
                found[int(match[1])] = (int(match[1]), int(match[2]), file)
        chain: list[tuple[int, int, Path]] = []
        while (end := chain[-1][1] if chain else 0) in found:
            chain.append(found[end])
        return chain
