"""The files that the code of plugins is in: a plugin, its layers, and all they import from beside it.

Imports are followed by reading the files; nothing is imported for it.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from registry.contract.block import layer_owner
from registry.contract.places import Place, place_of
from registry.contract.records import record
from registry.contract.searching import ENGINE, SITE, elsewhere, origin, root_folder

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from registry.console.entry_points import EntryPoint
    from registry.loading.blocks import Registry

HARMLESS = {
    *("register_blocks", "register_commands", "register_tracking", "register_trackers"),
    *("node_style", "page_sections"),
}
"""Hooks by which a plugin alone changes nothing that a run computes."""

_ADDRESS = re.compile(r"\.*([A-Za-z_]\w*(?:\.\w+)*)(?::\w+)?")
"""A text that may name a module: an argument of import_module, or the address of a layer."""


@record
class Code:
    """What a plugin consists of.

    `plugin`: its name, as it was given; `file`: the file that it is, None for an installed plugin; `files`: all its
    files, each with the folder that it is named from; `blocks`: its blocks that are in use; `used`: it has a part in
    what a run of the graph computes.
    """

    plugin: str
    file: Path | None
    files: Mapping[Path, Path]
    blocks: tuple[str, ...]
    used: bool
    distribution: Distribution | None = None
    place: Place | None = None
    """The place of a plugin file: what of it was imported counts, whatever the files hold now."""

    def contents(self) -> dict[str, bytes]:
        """Return what each file holds, by its name from the folder that the plugin lies in."""
        return {self.name(file): content(file, self.place.read if self.place else {}) for file in self.files}

    def name(self, file: Path) -> str:
        """Return the name of a file from the folder that it is named from."""
        return file.relative_to(self.files[file]).as_posix()


def plugins_of(registry: Registry, blocks: Iterable[str]) -> list[Code]:
    """Return the plugins beside the built-in one, of a graph that uses the given blocks."""
    used = set(blocks)
    return [
        _code(registry, name, module, used, registry.installed.get(name))
        for name, module in registry.manager.list_name_plugin()
        if isinstance(module, ModuleType) and module.__name__.partition(".")[0] != ENGINE
    ]


def _code(registry: Registry, name: str, module: ModuleType, used: set[str], installed: EntryPoint | None) -> Code:
    distribution = installed.dist if installed else None
    own = [block for block, provider in registry.providers.items() if provider == name]
    hooks = {caller.name for caller in registry.manager.get_hookcallers(module) or ()}
    in_use = tuple(block for block in own if block in used)
    file = Path(str(module.__file__)).resolve()
    place = place_of(module.__name__)
    layers = [registry.blocks[block].layer for block in own if _stated_by(registry, block, module)]
    if place is None and distribution is not None and is_site(file):
        files = _distributed(distribution)
    else:
        files = _followed(
            file, place.folder if place else root_folder(module) or file.parent, layers, place.read if place else {}
        )
    used_here = bool(in_use or hooks - HARMLESS)
    return Code(name, None if distribution else file, files, in_use, used_here, distribution, place)


def given_plugins(registry: Registry) -> list[str]:
    """Return the plugins that were named for a registry beside the installed ones, as files or modules."""
    modules = {name: module for name, module in registry.manager.list_name_plugin() if name not in registry.installed}
    return [
        str(module.__file__) if place_of(module.__name__) else name
        for name, module in modules.items()
        if isinstance(module, ModuleType)
    ]


def changed_files(registry: Registry) -> list[Path]:
    """Return the files of plugins that hold something else by now than what was imported."""
    modules = [module for _, module in registry.manager.list_name_plugin() if isinstance(module, ModuleType)]
    places = {place.package: place for module in modules if (place := place_of(module.__name__))}
    return [file for place in places.values() for file in place.changed()]


def _stated_by(registry: Registry, block: str, module: ModuleType) -> bool:
    """Say whether a block's layer is named by a file of the plugin, and not inherited from another one's block."""
    owner = layer_owner(registry.blocks[block]).__module__
    return owner.partition(".")[0] == module.__name__.partition(".")[0]


def _followed(file: Path, root: Path, layers: Iterable[str], read: Mapping[Path, bytes]) -> dict[Path, Path]:
    """Return a plugin file and all files that it comes to import, each with the folder that it is named from."""
    start = [item for layer in layers for item in _named(layer.partition(":")[0].lstrip("."), (), root)]
    package = file.parent if (file.parent / "__init__.py").is_file() else None
    if package is not None and package == root:
        start.append(package / "__init__.py")
    pending = [*(_package(package) if package and file.name == "__init__.py" else [file]), *start]
    found: dict[Path, Path] = {}
    while pending:
        item = pending.pop()
        if item in found:
            continue
        base = root if item.is_relative_to(root) else _base(item)
        found[item] = base
        if item.suffix == ".py":
            pending += _imports(content(item, read), item, base)
    return {item: found[item] for item in sorted(found)}


def _imports(text: bytes, file: Path, root: Path) -> Iterator[Path]:
    """Yield the files that a file may import: of its import statements, and of texts that name a module beside it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _named(alias.name, (), root) or _outside(alias.name, root)
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if node.level:
                yield from _named(node.module or "", names, file.parents[node.level - 1])
            else:
                yield from _named(node.module or "", names, root) or _outside(node.module or "", root)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = _ADDRESS.fullmatch(node.value)
            if match:
                yield from _named(match[1], (), root)


def _named(name: str, names: Sequence[str], folder: Path) -> list[Path]:
    """Return the files of `import name`, or of `from name import names`, that are in a folder."""
    first, _, rest = name.partition(".")
    inside = folder / first if first else folder
    if first:
        module = next((path for path in _forms(inside) if path.is_file()), None)
        if (inside / "__init__.py").is_file():
            return _package(inside)
        if module is not None:
            return [module]
        if not inside.is_dir():
            own = first == folder.name and (rest or names)
            return _named(rest, names, folder) if own else []
    if rest:
        return _named(rest, names, inside)
    return [file for item in names if item != "*" for file in _named(item, (), inside)]


def _forms(module: Path) -> list[Path]:
    """Return the files that a module may be in."""
    return [module.with_name(module.name + ending) for ending in (".py", *EXTENSION_SUFFIXES)]


def _package(folder: Path) -> list[Path]:
    """Return all files of a package: which of them are imported may be decided while it runs."""
    return sorted(folder.rglob("*.py"))


def _outside(name: str, root: Path) -> list[Path]:
    """Return the files of a module that lies neither beside the plugin nor among the installed ones."""
    first = name.partition(".")[0]
    if not first or first == ENGINE or first in sys.stdlib_module_names or first in sys.builtin_module_names:
        return []
    spec = elsewhere(first)
    file = Path(origin(spec)) if spec else Path()
    if not file.is_file() or is_site(file) or file.is_relative_to(root):
        return []
    return _package(file.parent) if file.name == "__init__.py" else [file]


def _base(file: Path) -> Path:
    """Return the folder that holds a module, or the outermost package that the module is in."""
    folder = file.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _distributed(distribution: Distribution) -> dict[Path, Path]:
    """Return the Python files of an installed package."""
    base = Path(str(distribution.locate_file(""))).resolve()
    files = [Path(str(distribution.locate_file(item))).resolve() for item in distribution.files or ()]
    found = sorted(file for file in files if file.suffix == ".py" and file.is_file())
    return {file: base for file in found if file.is_relative_to(base)}


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
