"""The entry points that installed packages declare.

They are what `importlib.metadata.entry_points` returns. It parses the file of every package, and takes longer to
import than that; here the files are looked through for the name of the group, and what names it is parsed.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import cached_property, partial, reduce
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.contract.records import record

if TYPE_CHECKING:
    from importlib.metadata import Distribution

FILE = "entry_points.txt"
ENDINGS = (".dist-info", ".egg-info")


@record(eq=False)
class EntryPoint:
    """A name that a package gives to `module` or `module:attribute`; `folder`: where the package is installed."""

    name: str
    value: str
    folder: Path | None
    read_package: Callable[[], Distribution | None] = field(repr=False)

    @property
    def module(self) -> str:
        """The module that is named."""
        return self._target[0]

    @property
    def _target(self) -> tuple[str, str]:
        module, _, attribute = self.value.partition("[")[0].partition(":")
        return module.strip(), attribute.strip()

    @cached_property
    def dist(self) -> Distribution | None:
        """The package, with its name, version and files."""
        return self.read_package()

    def load(self) -> Any:
        """Import what is named."""
        attributes = filter(None, self._target[1].split("."))
        return reduce(getattr, attributes, importlib.import_module(self.module))


def entry_points(group: str) -> list[EntryPoint]:
    """Return the entry points of a group, by name; of a package that is there twice those that Python finds first."""
    points = _found_otherwise(group) if _others_look() else _found(group)
    return sorted(points, key=lambda point: (point.name, point.value))


def _others_look() -> bool:
    """Say whether packages may be elsewhere than in folders: in archives, or where another finder has them."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    return finders != [PathFinder] or any(item.endswith(".egg") or os.path.isfile(item) for item in sys.path)


def _found_otherwise(group: str) -> Iterator[EntryPoint]:
    from importlib import metadata

    for point in metadata.entry_points(group=group):
        package = point.dist
        folder = Path(str(package.locate_file(""))) if package else None
        yield EntryPoint(point.name, point.value, folder, lambda package=package: package)  # type: ignore[misc]


def _found(group: str) -> Iterator[EntryPoint]:
    seen: set[str] = set()
    for facts in _facts():
        package = _package(facts)
        if package not in seen:
            seen.add(package)
            yield from _parsed(facts, group)


def _facts() -> Iterator[str]:
    """Yield the folders of metadata of all packages, in the order in which Python finds them."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        yield from (os.path.join(folder, name) for name in names if name.lower().endswith(ENDINGS))


def _package(facts: str) -> str:
    """Return the name of a package in the one way of writing it that all have."""
    name = os.path.splitext(os.path.basename(facts))[0].partition("-")[0]
    return name.lower().replace("-", "_").replace(".", "_")


def _parsed(facts: str, group: str) -> Iterator[EntryPoint]:
    try:
        with open(os.path.join(facts, FILE), "rb", buffering=0) as file:
            read = file.read()
    except OSError:
        return
    section = ""
    for line in map(str.strip, read.decode("utf-8").splitlines()) if group.encode() in read else ():
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == group and line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield EntryPoint(name.strip(), value.strip(), Path(facts).parent, partial(_package_of, facts))


def _package_of(facts: str) -> Distribution:
    from importlib.metadata import Distribution

    return Distribution.at(facts)
