"""Writes tables in the format that the ending of the file's name says."""

from __future__ import annotations

import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType

from registry.console.discovery import imported, with_entry_points
from registry.console.files import replacing
from registry.contract.errors import InputError, Problem
from registry.inference import formats
from registry.inference.tables import HITS, Table

GROUP = "registry.predictions"
"""The group of entry points under which other packages add formats, `ending = package.module`.

Such a module has `write(file, table)`, which writes a table piece by piece, and may have `check()`, which raises
InputError if something is not installed.
"""


@cache
def endings() -> dict[str, str]:
    """Return the module of every format by the ending of its files; raises InputError for one that is given twice.

    The module `nanoml_root` is that of files whose names end in `.nanoml.root`.
    """
    found = pkgutil.iter_modules(formats.__path__)
    own = {item.name.replace("_", "."): f"{formats.__name__}.{item.name}" for item in found}
    return {f".{name}": module for name, module in with_entry_points(GROUP, own).items()}


EVENTS = "write_events"
"""What writes events, in a module of a format."""


def endings_with(what: str) -> list[str]:
    """Return the endings of the formats that have a function, `write` or `write_events`."""
    return [ending for ending in endings() if hasattr(_module(ending), what)]


def ending_of(name: str) -> str:
    """Return the longest ending of a format that a file's name has; empty if it has none."""
    return max((ending for ending in endings() if name.lower().endswith(ending)), key=len, default="")


def _module(ending: str) -> ModuleType:
    return imported(endings()[ending], f"the format {ending!r}")


def format_of(file: Path, what: str = "write") -> ModuleType:
    """Return the module that writes a file; raise InputError if no format has its ending, or if it cannot be used.

    `what`: the function that writes what is to be written, `write` for tables.
    """
    ending = ending_of(file.name)
    if not ending:
        received = repr(file.suffix.lower()) if file.suffix else "no ending"
        message = f"{file}: expected a file name that ends in {', '.join(endings_with(what))}, received {received}"
        raise InputError([Problem(message)])
    module = _module(ending)
    if file.is_dir() and not getattr(module, "FOLDER", False):
        raise InputError([Problem(f"{file} is a folder: expected a file")])
    if not hasattr(module, what):
        known = ", ".join(endings_with(what))
        problem = "no loader reads such files" if what == EVENTS else "such files hold events alone"
        raise InputError([Problem(f"{file}: {problem}: expected {known}")])
    if check := getattr(module, "check", None):
        check()
    return module


def file_of(table: str, file: Path) -> Path:
    """Return the file of a table beside the one of the hits: "out.showers.parquet" beside "out.parquet"."""
    return file if table == HITS else file.with_name(f"{file.stem}.{table}{file.suffix}")


def write_table(file: Path, table: Table) -> None:
    """Write a table as a whole or not at all; raises OSError, with the name of the file, if it cannot be written."""
    module = format_of(file)
    with replacing(file) as partial:
        module.write(partial, table)
