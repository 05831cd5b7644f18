"""The files that the code of plugins is in: a plugin, its layers, and all they import from beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from registry.contract.block import layer_owner
from registry.contract.places import Place, place_of
from registry.contract.records import record
from registry.contract.searching import ENGINE, root_folder
from registry.loading.following import content, followed, is_site

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from registry.console.entry_points import EntryPoint
    from registry.loading.blocks import Registry

HARMLESS = {
    *("register_blocks", "register_commands", "register_tracking", "register_trackers"),
    *("node_style", "page_sections"),
}
"""Hooks by which a plugin alone changes nothing that a run computes."""


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
        files = followed(
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


def _distributed(distribution: Distribution) -> dict[Path, Path]:
    """Return the Python files of an installed package."""
    base = Path(str(distribution.locate_file(""))).resolve()
    files = [Path(str(distribution.locate_file(item))).resolve() for item in distribution.files or ()]
    found = sorted(file for file in files if file.suffix == ".py" and file.is_file())
    return {file: base for file in found if file.is_relative_to(base)}
