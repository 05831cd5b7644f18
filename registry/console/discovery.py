"""Finds the commands: modules of this package, and entry points of installed ones."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from registry.console.entry_points import entry_points
from registry.contract.errors import InputError, Problem, RunError
from registry.contract.records import record

if TYPE_CHECKING:
    import argparse

GROUP = "registry.commands"
"""The group of entry points under which other packages add commands, `name = package.module`."""

PACKAGE = "registry"

FOLDER = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""Where this package lies."""

RENAME = "rename the entry point, or uninstall its package"

FAILURES = (Exception, SystemExit)
"""What importing a module may raise: a script without a guard may even end the interpreter."""


@record
class Command:
    """A command: its name and the module that has `main(arguments) -> int`, and `parser()` for help and completion."""

    name: str
    module: str
    rivals: tuple[str, ...] = ()
    """What is said of each other module of this name: it is not reached by it."""

    @property
    def summary(self) -> str:
        """What it does: the first line of its module's docstring, without the way to call it.

        The module is not imported. Where it cannot be found, or is no Python, this says so.
        """
        try:
            first = _docstring(self.module).partition("\n")[0]
        except FAILURES as error:
            return f"cannot be imported: {reason(error)}"
        return first.rpartition("`: ")[2].rstrip(".")

    def load(self) -> ModuleType:
        """Import the module; raises RunError, with the command's name, if that fails.

        Raises InputError for a name that stands for modules of two packages; a command of this package is itself.
        """
        if self.rivals and not self.module.startswith(f"{PACKAGE}."):
            raise InputError([Problem(said, hint=RENAME) for said in self.rivals])
        module = imported(self.module, f"command {self.name!r}")
        for function in ("main", "parser"):
            if not hasattr(module, function):
                raise RunError(f"command {self.name!r}: {self.module} has no function {function}")
        return module

    def parser(self) -> argparse.ArgumentParser:
        """Return the parser of its arguments; raises RunError if the module cannot be imported or makes none."""
        module = self.load()
        try:
            made: argparse.ArgumentParser = module.parser()
        except InputError:
            raise
        except FAILURES as error:
            raise RunError(f"command {self.name!r}: {self.module}.parser fails: {reason(error)}") from error
        return made


def own_command(name: str) -> Command | None:
    """Return a command of this package by its name, without looking for those of others; None if there is none."""
    if not name.isidentifier() or name.startswith("_"):
        return None
    found = (stem for stem in (f"_{name}", name) if os.path.isfile(os.path.join(FOLDER, f"{stem}.py")))
    return next((Command(name, f"{PACKAGE}.{stem}") for stem in found), None)


@cache
def commands() -> dict[str, Command]:
    """Return every command by name: a module of this package, or an entry point of the group `registry.commands`."""
    from pkgutil import iter_modules

    names = [item.name for item in iter_modules([FOLDER]) if not item.ispkg and not item.name.startswith("__")]
    # A command that is called like a package here, such as `plugins`, is in a module with an underscore.
    own = {name.removeprefix("_"): f"{PACKAGE}.{name}" for name in names}
    found, rivals = _entry_points_with(GROUP, own)
    return {name: Command(name, module, tuple(rivals.get(name, ()))) for name, module in sorted(found.items())}


def with_entry_points(group: str, own: Mapping[str, str]) -> dict[str, str]:
    """Return modules by name: those of this package, and those that others name in a group of entry points.

    Raises InputError for every name that stands for two modules.
    """
    found, rivals = _entry_points_with(group, own)
    if rivals:
        raise InputError([Problem(said, hint=RENAME) for items in rivals.values() for said in items])
    return found


def _entry_points_with(group: str, own: Mapping[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return modules by name, and by name what is said of every further module that is called the same."""
    found: dict[str, str] = dict(own)
    rivals: dict[str, list[str]] = {}
    for point in entry_points(group):
        taken = found.setdefault(point.name, point.value)
        if taken != point.value:
            package = f" of the package {point.dist.name!r}" if point.dist else ""
            message = f"{point.name!r} of the entry points {group!r} stands for two modules: {taken} and {point.value}"
            rivals.setdefault(point.name, []).append(f"{message}{package}")
    return found, rivals


def imported(module: str, what: str) -> ModuleType:
    """Import a module that another package may have brought; raises RunError, which says what it is, if that fails."""
    try:
        return importlib.import_module(module)
    except FAILURES as error:
        raise RunError(f"{what} ({module}) cannot be imported: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """Return what an error says, in one line."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _docstring(module: str) -> str:
    """Return the docstring of a module that is not imported, though its package is; empty if there is no source."""
    import ast
    from importlib.util import find_spec

    spec = find_spec(module)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {module!r}")
    path = Path(spec.origin or "")
    source = path.read_text(encoding="utf-8") if path.suffix == ".py" and path.is_file() else ""
    return ast.get_docstring(ast.parse(source)) or ""
