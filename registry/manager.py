"""Finds plugins (entry points, files, modules), registers them with pluggy, and collects their blocks by name."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

import pluggy

from registry import hookspecs
from registry.block import Block
from registry.errors import InputError, Origin, Problem, did_you_mean
from registry.keras_block import KERAS_PREFIX, keras_block

GROUP = "registry.plugins"


@dataclass
class Registry:
    """The plugin manager, and the blocks all plugins registered, by name."""

    manager: pluggy.PluginManager
    blocks: dict[str, type[Block]] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)

    @property
    def hook(self) -> pluggy.HookRelay:
        """The hooks, to be called by keyword."""
        return self.manager.hook

    def find(self, name: str) -> type[Block] | None:
        """Return the block of a name, or a wrapper of a Keras layer for `keras.LayerName`; None if there is none."""
        if name.startswith(KERAS_PREFIX):
            return keras_block(name)
        return self.blocks.get(name)

    def suggest(self, name: str) -> str:
        """Return a hint for a block name nobody registered."""
        near = did_you_mean(name, self.blocks)
        listing = "python -m registry.blocks lists all blocks; --plugin FILE_OR_MODULE adds more"
        return f"{near}   ({listing})" if near else listing

    def is_loader(self, name: str) -> bool:
        """Say whether `name` is a registered loader."""
        return name in self.blocks and self.blocks[name].kind == "loader"


def load_registry(extra: Iterable[tuple[str, Origin | None]] = ()) -> Registry:
    """Load every installed plugin and the `extra` ones (file or module name, and where it was asked for).

    Raises InputError, with the plugin's own traceback, for a plugin that fails to import or breaks a hook's signature.
    """
    manager = pluggy.PluginManager("registry")
    manager.add_hookspecs(hookspecs)
    problems: list[Problem] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        _register_entry_point(manager, point, problems)
    for name, origin in extra:
        _register_extra(manager, name, origin, problems)
    if problems:
        raise InputError(problems)
    return collect_blocks(manager)


def collect_blocks(manager: pluggy.PluginManager) -> Registry:
    """Ask every plugin for its blocks; two blocks of one name are an error that names both plugins."""
    registry = Registry(manager)
    for implementation in manager.hook.register_blocks.get_hookimpls():
        blocks: Iterable[type[Block]] = implementation.function()  # type: ignore[assignment]
        for block in blocks:
            if block.name in registry.blocks and registry.blocks[block.name] is not block:
                first = registry.providers[block.name]
                message = f"block {block.name!r} is registered by {first!r} and by {implementation.plugin_name!r}"
                raise InputError([Problem(message, hint="rename one of them, or uninstall one of the plugins")])
            registry.blocks[block.name] = block
            registry.providers[block.name] = implementation.plugin_name
    return registry


def _register_entry_point(manager: pluggy.PluginManager, point: EntryPoint, problems: list[Problem]) -> None:
    distribution = point.dist.name if point.dist else "?"
    try:
        manager.register(point.load(), name=point.name)
    except Exception:
        headline = f"plugin {point.name!r} ({point.value}, from the package {distribution}) failed to load"
        problems.append(Problem(headline, hint=own_traceback()))


def _register_extra(manager: pluggy.PluginManager, name: str, origin: Origin | None, problems: list[Problem]) -> None:
    try:
        module = import_file(Path(name)) if name.endswith(".py") else importlib.import_module(name)
        if not manager.is_registered(module):
            manager.register(module, name=name)
    except FileNotFoundError as error:
        if error.filename != name:
            problems.append(Problem(f"plugin {name!r} failed to load", origin, hint=own_traceback()))
            return
        problems.append(Problem(f"plugin file {name!r} does not exist", origin))
    except Exception:
        problems.append(Problem(f"plugin {name!r} failed to load", origin, hint=own_traceback()))


def import_file(path: Path) -> ModuleType:
    """Import a single file as a module; its folder goes on the import path, so that it can import its neighbours."""
    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def own_traceback() -> str:
    """Return the traceback of the exception being handled, without the frames of this loader and of importlib."""
    kind, error, trace = sys.exc_info()
    assert error is not None
    frames = [
        frame
        for frame in traceback.extract_tb(trace)
        if frame.filename != __file__ and "importlib" not in frame.filename
    ]
    lines = [*traceback.format_list(frames), *traceback.format_exception_only(kind, error)]
    return "".join(lines).rstrip()
