"""Finds the commands: modules of this package, and entry points of installed ones."""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

GROUP = "registry.commands"
"""The group of entry points under which other packages add commands, `name = package.module`."""

PACKAGE = "registry"


@dataclass(frozen=True)
class Command:
    """A command: its name and the module that has `main(arguments) -> int`, and `parser()` for help and completion."""

    name: str
    module: str

    @property
    def summary(self) -> str:
        """What it does: the first line of its module's docstring, without the way to call it. Nothing is imported."""
        first = _docstring(self.module).partition("\n")[0]
        return first.rpartition("`: ")[2].rstrip(".")

    def load(self) -> ModuleType:
        """Import the module; raise ImportError, with the command's name, if that fails."""
        try:
            return importlib.import_module(self.module)
        except ImportError as error:
            raise ImportError(f"command {self.name!r} ({self.module}) cannot be imported: {error}") from error

    def parser(self) -> argparse.ArgumentParser:
        """Return the parser of its arguments."""
        made: argparse.ArgumentParser = self.load().parser()
        return made


@cache
def commands() -> dict[str, Command]:
    """Return every command by name: a module of this package, or an entry point of the group `registry.commands`."""
    folder = str(Path(__file__).resolve().parents[1])
    own = [item.name for item in pkgutil.iter_modules([folder]) if not item.ispkg and not item.name.startswith("_")]
    found = {name: Command(name, f"{PACKAGE}.{name}") for name in own}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        found.setdefault(point.name, Command(point.name, point.value))
    return dict(sorted(found.items()))


def _docstring(module: str) -> str:
    """Return the docstring of a module that is not imported; empty if its source cannot be found."""
    try:
        spec = importlib.util.find_spec(module)
        source = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
        return ast.get_docstring(ast.parse(source)) or ""
    except (ImportError, OSError, SyntaxError, ValueError):
        return ""
