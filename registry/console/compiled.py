"""Imports the modules of a command from code that an earlier command has compiled and kept.

A command that ends at once spends most of its time on imports. Python looks for each module in the folders of its
package, and reads its code from a file beside it, or compiles it where no such files are written
(`PYTHONDONTWRITEBYTECODE`, a folder that is read-only). Here a file of each command in the user's cache folder holds
the code of all modules of packages that it has imported. Code is used for as long as its source and the folder that
this is in stay what they are: by place, size, times and number, as for an answer that is given again. What is compiled
of texts meanwhile (`texts`) is in that file, too.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType
from typing import Any

from registry.console.texts import Known, Texts
from registry.contract.remembered import SETTLED, cache_folder, read_own, write_file

FOR_TYPE_CHECKERS = ("pydantic_core.core_schema",)
"""Modules whose TypedDicts only type checkers read: ninety of them take a thirtieth of a check."""

Seen = tuple[int, int, int, int]
"""What is seen of a file or folder without reading it."""

Kept = dict[str, tuple[str, Seen, Seen, bytes]]
"""By the name of a module: its file, what was seen of that and of its folder, and its code."""


class Finder:
    """Finds modules of packages whose code is kept, as Python would, and notes the code of those that it compiles."""

    def __init__(self, place: str) -> None:
        self._place, self._begun = place, time.time_ns()
        self._kept, texts = _read(place)
        self.texts = Texts(texts)
        self._folders: dict[str, Seen | None] = {}
        self.compiled: dict[str, tuple[str, CodeType]] = {}

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Return where a module of a package is, and what its code is; None for all that others should find."""
        if path is None:
            return None
        known = self._kept.get(name)
        if known is not None:
            file, seen, folder, code = known
            package = file.endswith("__init__.py")
            above = os.path.dirname(file)
            looked_in = os.path.dirname(above) if package else above
            if [*path][:1] == [looked_in] and self._folder(above) == folder and _seen(file) == seen:
                loader = _Loader(name, file, self, code)
                inside = [above] if package else None
                return spec_from_file_location(name, file, loader=loader, submodule_search_locations=inside)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(name, spec.loader.path, self)
        return spec

    def keep(self) -> None:
        """Keep what was compiled, beside what was kept; a file that was changed just now may be changed again."""
        if not self.compiled:
            return
        found: Kept = {}
        for name, (file, code) in self.compiled.items():
            seen, folder = _seen(file), _seen(os.path.dirname(file))
            if seen and folder and max(*seen[1:3], *folder[1:3]) < self._begun - SETTLED:
                found[name] = (file, seen, folder, marshal.dumps(code))
        if found:
            write_file(self._place, marshal.dumps(({**self._kept, **found}, self.texts.known)))

    def _folder(self, folder: str) -> Seen | None:
        if folder not in self._folders:
            self._folders[folder] = _seen(folder)
        return self._folders[folder]


class _Loader(SourceFileLoader):
    """Loads a module as Python does, from code that is kept if there is any."""

    def __init__(self, name: str, path: str, finder: Finder, code: bytes = b"") -> None:
        super().__init__(name, path)
        self._finder, self._code = finder, code

    def get_code(self, fullname: str) -> CodeType | None:
        if self._code:
            code: CodeType = marshal.loads(self._code)
            return code
        found = super().get_code(fullname)
        if found is not None:
            self._finder.compiled[fullname] = (self.path, found)
        return found

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module; one that declares types for type checkers alone makes plain classes of them."""
        if self.name not in FOR_TYPE_CHECKERS:
            super().exec_module(module)
            return
        import typing

        import typing_extensions

        # The one that was there before the other could do all is the one that such modules import.
        homes: list[Any] = [typing, typing_extensions]
        before = [home.TypedDict for home in homes]
        for home in homes:
            home.TypedDict = _PlainDict
        try:
            super().exec_module(module)
        finally:
            for home, kind in zip(homes, before, strict=True):
                home.TypedDict = kind


class _PlainDict(dict[str, Any]):
    """Stands in for TypedDict, which compiles every annotation: a class that makes ordinary dicts."""

    def __init_subclass__(cls, total: bool = True) -> None:
        super().__init_subclass__()

    def __new__(cls, **entries: Any) -> dict[str, Any]:  # type: ignore[misc]
        return entries


def import_compiled() -> None:
    """Import from here on what is kept, in a process that is started for a command."""
    folder = cache_folder()
    if folder and not _finders():
        here = f"{sys.version}\n{sys.flags.optimize}\n{sys.prefix}\n{__file__}\n{_command()}"
        name = f"code-{hashlib.sha256(here.encode()).hexdigest()[:16]}"
        finder = Finder(os.path.join(folder, name))
        sys.meta_path.insert(0, finder)
        finder.texts.start()


def _command() -> str:
    """Return the name of the command that this process is started for: each imports what others do not."""
    words = sys.orig_argv
    module = words[words.index("-m") + 1] if sys.argv[:1] == ["-m"] and "-m" in words[:-1] else ""
    return module.partition(".")[2] or "".join(sys.argv[1:2])


def import_as_usual() -> None:
    """Import from here on as Python does: a command that takes long imports too much for it all to be kept."""
    for finder in _finders():
        sys.meta_path.remove(finder)
        finder.texts.stop()


def keep_compiled() -> None:
    """Keep what was compiled since `import_compiled`."""
    for finder in _finders():
        finder.keep()


def _finders() -> list[Finder]:
    return [item for item in sys.meta_path if isinstance(item, Finder)]


def _seen(path: str) -> Seen | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _read(place: str) -> tuple[Kept, Known]:
    """Return the modules and texts that are kept in a file; nothing if it is damaged, or somebody else's."""
    try:
        modules, texts = marshal.loads(read_own(place))
    except (ValueError, EOFError, TypeError):
        return {}, {}
    return modules, texts
