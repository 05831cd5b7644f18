"""Follows imports from file to file by reading them; nothing is imported for it.

Each folder is looked into once. What belongs to the engine is known by its version, and what only the tests of a
package need is no part of it: neither is followed.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from registry.contract.searching import ENGINE, SITE, elsewhere, origin

_ADDRESS = re.compile(r"\.*([A-Za-z_]\w*(?:\.\w+)*)(?::\w+)?")
"""A text that may name a module: an argument of import_module, or the address of a layer."""

_ENDINGS = (".py", *EXTENSION_SUFFIXES)
"""How the names of files end that a module may be in, the first that is there counts."""

TESTS = "tests"
"""The folder of a package's tests, which counts where something outside it names it."""


def followed(file: Path, root: Path, layers: Iterable[str], read: Mapping[Path, bytes]) -> dict[Path, Path]:
    """Return a plugin file and all files that it comes to import, each with the folder that it is named from.

    `root`: the folder that the plugin is imported from; `layers`: addresses of its layers; `read`: what files held when
    they were imported.
    """
    folders = _Folders()
    start = [item for layer in layers for item in folders.named(layer.partition(":")[0].lstrip("."), (), root)]
    package = file.parent if folders.has(file.parent, "__init__.py") else None
    if package is not None and package == root:
        start.append(package / "__init__.py")
    pending = [*(folders.package(package) if package and file.name == "__init__.py" else [file]), *start]
    found: dict[Path, Path] = {}
    while pending:
        item = pending.pop()
        if item in found:
            continue
        base = root if item.is_relative_to(root) else folders.base(item)
        found[item] = base
        if item.suffix == ".py":
            pending += folders.imports(content(item, read), item, base)
    return {item: found[item] for item in sorted(found)}


class _Folders:
    """Finds the files that names of modules stand for."""

    def __init__(self) -> None:
        self._entries: dict[Path, frozenset[str]] = {}
        self._packages: dict[Path, list[Path]] = {}
        self._outside: dict[str, Path | None] = {}
        engine = (sys.modules.get(name) for name in (ENGINE, f"{ENGINE}.plugins"))
        self._engine = [Path(path).resolve() for module in engine if module for path in module.__path__]

    def has(self, folder: Path, name: str) -> bool:
        """Say whether a folder holds a file of a name."""
        return name in self._names(folder) and (folder / name).is_file()

    def _names(self, folder: Path) -> frozenset[str]:
        """Return the names of all that a folder holds, none if it is no folder."""
        if folder not in self._entries:
            try:
                self._entries[folder] = frozenset(item.name for item in folder.iterdir())
            except OSError:
                self._entries[folder] = frozenset()
        return self._entries[folder]

    def imports(self, text: bytes, file: Path, root: Path) -> Iterator[Path]:
        """Yield the files that a file may import: of its import statements, and of texts that name modules beside."""
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._imported(alias.name, (), root)
            elif isinstance(node, ast.ImportFrom):
                names = [alias.name for alias in node.names]
                if node.level:
                    yield from self.named(node.module or "", names, file.parents[node.level - 1])
                else:
                    yield from self._imported(node.module or "", names, root)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = _ADDRESS.fullmatch(node.value)
                if match and match[1].partition(".")[0] != ENGINE:
                    yield from self.named(match[1], (), root)

    def _imported(self, name: str, names: Sequence[str], root: Path) -> list[Path]:
        """Return the files of an import that is not relative."""
        if name.partition(".")[0] == ENGINE:
            return []
        return self.named(name, names, root) or self._elsewhere(name.partition(".")[0], root)

    def named(self, name: str, names: Sequence[str], folder: Path) -> list[Path]:
        """Return the files of `import name`, or of `from name import names`, that are in a folder."""
        first, _, rest = name.partition(".")
        inside = folder / first if first else folder
        if first:
            there = first in self._names(folder)
            if there and self.has(inside, "__init__.py"):
                return [*self.package(inside), *self._tests(rest, names, inside)]
            ending = next((ending for ending in _ENDINGS if self.has(folder, first + ending)), None)
            if ending is not None:
                return [inside.with_name(first + ending)]
            if not there or not inside.is_dir():
                own = first == folder.name and (rest or names)
                return self.named(rest, names, folder) if own else []
        if rest:
            return self.named(rest, names, inside)
        return [file for item in names if item != "*" for file in self.named(item, (), inside)]

    def _tests(self, rest: str, names: Sequence[str], package: Path) -> list[Path]:
        """Return the files of a package's tests, if an import names them."""
        return self.named(rest, names, package) if TESTS in (*rest.split("."), *names) else []

    def package(self, folder: Path) -> list[Path]:
        """Return all files of a package but its tests: which of them are imported may be decided while it runs."""
        if folder not in self._packages:
            engine = any(folder.resolve().is_relative_to(part) for part in self._engine)
            files = [] if engine else sorted(folder.rglob("*.py"))
            self._packages[folder] = [file for file in files if TESTS not in file.relative_to(folder).parts[:-1]]
        return self._packages[folder]

    def _elsewhere(self, first: str, root: Path) -> list[Path]:
        """Return the files of a module that lies neither beside the plugin nor among the installed ones."""
        if first not in self._outside:
            self._outside[first] = _found(first)
        file = self._outside[first]
        if file is None or file.is_relative_to(root):
            return []
        return self.package(file.parent) if file.name == "__init__.py" else [file]

    def base(self, file: Path) -> Path:
        """Return the folder that holds a module, or the outermost package that the module is in."""
        folder = file.parent
        while self.has(folder, "__init__.py"):
            folder = folder.parent
        return folder


def _found(first: str) -> Path | None:
    """Return the file of a module that is neither Python's nor installed, None if there is none."""
    if not first or first in sys.stdlib_module_names or first in sys.builtin_module_names:
        return None
    spec = elsewhere(first)
    file = Path(origin(spec)) if spec else Path()
    return file if file.is_file() and not is_site(file) else None


def is_site(file: Path) -> bool:
    return any(part in SITE for part in file.parts)


def content(file: Path, read: Mapping[Path, bytes]) -> bytes:
    """Return what a file holds, line ends made equal; nothing if it is gone."""
    try:
        data = read[file] if file in read else file.read_bytes()
        return importlib.util.decode_source(data).encode() if file.suffix == ".py" else data
    except (SyntaxError, UnicodeDecodeError):
        return data
    except OSError:
        return b""
