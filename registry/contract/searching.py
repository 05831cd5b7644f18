"""Where a module's name leads to: a folder, the installed packages, the folder that a command is run from."""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

ENGINE = "registry"
"""The package that is always the engine, whatever else has its name."""

SITE = ("site-packages", "dist-packages")
"""Names of the folders that installed packages are in."""


class AmbiguousImport(ImportError):
    """A name stands for two modules; the message names both."""


def spec_in(folder: Path, name: str, fromlist: Sequence[str] = ()) -> ModuleSpec | None:
    """Return what `import name` (or `from name import fromlist`) finds in a folder.

    A folder without `__init__.py` is found if it holds what is imported from it.
    """
    first, _, rest = name.partition(".")
    spec = PathFinder.find_spec(first, [str(folder)])
    if spec is None or spec.loader is not None:
        return spec
    inner = [rest] if rest else fromlist
    return spec if any(spec_in(folder / first, item) is not None for item in inner) else None


def origin(spec: ModuleSpec) -> str:
    """Return the file of a module; empty for a folder without `__init__.py`, and for a module that is in no file."""
    return os.path.realpath(spec.origin) if spec.origin and spec.has_location else ""


def installed_too(first: str, beside: ModuleSpec) -> bool:
    """Say whether a module beside a plugin is an installed one itself; raise AmbiguousImport if another one is."""
    if first in sys.stdlib_module_names:
        other = f"Python's own module {first!r}"
    else:
        spec = PathFinder.find_spec(first, [folder for folder in sys.path if Path(folder).name in SITE])
        if spec is None or spec.loader is None:
            return False
        if origin(spec) == origin(beside):
            return True
        other = f"the installed {origin(spec)}"
    place = origin(beside) or ", ".join(beside.submodule_search_locations or ())
    raise AmbiguousImport(f"`import {first}` may mean {place} or {other}: rename the first, or import it by `from .`")


def check_one_form(folder: Path, name: str) -> None:
    """Raise AmbiguousImport if a folder has both a file and a package of a name: Python would take the package."""
    file, package = folder / f"{name}.py", folder / name / "__init__.py"
    if name and file.is_file() and package.is_file():
        raise AmbiguousImport(f"module {name!r} may mean {file} or {package}: rename one")


def root_folder(module: ModuleType) -> Path | None:
    """Return the folder that holds the module's file, or the package that the module is in."""
    top = sys.modules.get(module.__name__.partition(".")[0], module)
    if not getattr(top, "__file__", None):
        return None
    folder = Path(str(top.__file__)).parent
    return folder.parent if hasattr(top, "__path__") else folder


def import_installed(name: str, folder: Path | None) -> ModuleType:
    """Import a module by its name, from `folder` if it is there.

    Raises AmbiguousImport if another one of that name was imported before.
    """
    first = name.partition(".")[0]
    expected = spec_in(folder, first) if folder and first != ENGINE else None
    if folder is None or expected is None or not origin(expected):
        return importlib.import_module(name)
    with _path([str(folder), *sys.path]):
        module = importlib.import_module(name)
    found = os.path.realpath(getattr(sys.modules.get(first), "__file__", None) or "")
    if found != origin(expected):
        message = f"module {first!r} may mean {origin(expected)} or {found}, which was imported before: rename one"
        raise AmbiguousImport(message)
    return module


def import_named(name: str) -> ModuleType:
    """Import a plugin that is given as the name of a module.

    Raises AmbiguousImport if the working folder has a module of that name, and another folder too.
    """
    first = name.partition(".")[0]
    found = list(dict.fromkeys(filter(None, map(origin, _candidates(first)))))
    if len(found) > 1:
        raise AmbiguousImport(f"module {first!r} may mean {found[0]} or {found[1]}: name the file, or rename one")
    return importlib.import_module(name)


def import_elsewhere(
    name: str,
    globals: Mapping[str, Any] | None,
    locals: Mapping[str, Any] | None,
    fromlist: Sequence[str],
    folder: Path,
) -> ModuleType:
    """Import, for a plugin in `folder`, what is not beside it; not from the folder that the command is run from.

    Raises ModuleNotFoundError if only that folder has it, AmbiguousImport if it was imported from there.
    """
    first = name.partition(".")[0]
    here = None if first in sys.stdlib_module_names else working_folder()
    near = spec_in(here, name, fromlist) if here else None
    if here is None or near is None:
        return builtins.__import__(name, globals, locals, fromlist, 0)
    other = elsewhere(first)
    if other is None:
        raise ModuleNotFoundError(not_meant(name, folder, near, here))
    with _path(sys.path[1:]):
        module = builtins.__import__(name, globals, locals, fromlist, 0)
    found = os.path.realpath(getattr(sys.modules.get(first), "__file__", None) or "")
    if found == origin(near) and origin(near) != origin(other):
        raise AmbiguousImport(f"module {first!r} may mean {origin(other)} or {found}: rename the latter")
    return module


def not_meant(name: str, folder: Path, near: ModuleSpec, here: Path) -> str:
    """Return what is to be said of a module that only the folder that the command is run from has."""
    place = origin(near) or str(here / name.partition(".")[0])
    return (
        f"no module {name!r} is beside the plugin, in {folder}; {place}, in the working folder, is not meant: "
        "move it beside the plugin, install it, or name its folder in PYTHONPATH"
    )


def elsewhere(first: str) -> ModuleSpec | None:
    """Return what a module's name finds outside the folder that the command is run from."""
    with _path(sys.path[1:] if working_folder() else sys.path):
        found = (finder.find_spec(first, None) for finder in sys.meta_path if hasattr(finder, "find_spec"))
        return next((spec for spec in found if spec is not None), None)


def working_folder() -> Path | None:
    """Return the working folder if Python searches it only because it was started there, as by `python -m`."""
    try:
        here = os.path.realpath(os.getcwd())
    except FileNotFoundError:
        return None
    first = sys.path[0] if sys.path else None
    named = {os.path.realpath(item) for item in os.environ.get("PYTHONPATH", "").split(os.pathsep) if item}
    return None if first is None or os.path.realpath(first or here) != here or here in named else Path(here)


def _candidates(first: str) -> Iterator[ModuleSpec]:
    """Yield what a module's name finds in the working folder, elsewhere, and among what was imported."""
    here = working_folder()
    near = spec_in(here, first) if here else None
    other = elsewhere(first)
    known = getattr(sys.modules.get(first), "__spec__", None)
    yield from (spec for spec in (near, other, known) if spec is not None)


@contextmanager
def _path(folders: list[str]) -> Iterator[None]:
    """Let Python search other folders for a while."""
    kept = list(sys.path)
    sys.path[:] = folders
    try:
        yield
    finally:
        sys.path[:] = kept
