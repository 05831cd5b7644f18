"""Imports plugins (entry points, files, modules) and registers them; one that fails is reported, never skipped."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

import pluggy

from registry.contract.errors import Origin, Problems, did_you_mean

GROUP = "registry.plugins"

ENGINE = Path(__file__).resolve().parents[1]
"""The folder of the engine; installed, it holds the built-in plugins too."""

_files: dict[str, Path] = {}
"""The plugin files imported so far, by the name of their module."""


class NameTaken(Exception):
    """A plugin file is called like a module that is there already."""


def register_all(
    manager: pluggy.PluginManager, extra: Iterable[tuple[str, Origin | None]], problems: Problems
) -> dict[str, Origin]:
    """Register every installed plugin, and the `extra` ones (file or module name, and where it was asked for).

    Return the place of each that has one, by the plugin's name.
    """
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        _register_entry_point(manager, point, problems)
    files: dict[str, Path] = {}
    places: dict[str, Origin] = {}
    for name, origin in extra:
        if origin:
            places[name] = origin
        _register_extra(manager, name, origin, files, problems)
    _report_unknown_hooks(manager, places, problems)
    return places


def _register_entry_point(manager: pluggy.PluginManager, point: EntryPoint, problems: Problems) -> None:
    distribution = point.dist.name if point.dist else "?"
    try:
        manager.register(point.load(), name=point.name)
    except (Exception, SystemExit) as error:
        headline = f"plugin {point.name!r} ({point.value}, from the package {distribution}) failed to load"
        problems.error(headline, hint=own_traceback(error))


def _register_extra(
    manager: pluggy.PluginManager, name: str, origin: Origin | None, files: dict[str, Path], problems: Problems
) -> None:
    path = Path(name)
    if name.endswith(".py") and not path.is_file():
        near = did_you_mean(path.name, [item.name for item in path.parent.glob("*.py")])
        problems.error(f"plugin file {name!r} does not exist", origin, hint=near)
        return
    try:
        if name.endswith(".py"):
            if files.setdefault(path.stem, path.resolve()) != path.resolve():
                raise NameTaken(f"another plugin is called {path.name!r} too")
            module = import_file(path)
        else:
            module = importlib.import_module(name)
        if not manager.is_registered(module):
            manager.register(module, name=name)
    except NameTaken as error:
        problems.error(f"plugin {name!r}: {error}", origin, hint="rename the file")
    except (Exception, SystemExit) as error:
        problems.error(f"plugin {name!r} failed to load", origin, hint=own_traceback(error))


def import_file(path: Path) -> ModuleType:
    """Import a single file as a module; its folder goes on the import path, so that it can import its neighbours.

    Raises NameTaken if a module of its name is there that is no plugin file.
    """
    name, file = path.stem, path.resolve()
    if name in sys.modules and name not in _files:
        raise NameTaken(f"a module called {name!r} is there already")
    if name in sys.modules and _files[name] == file:
        return sys.modules[name]
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"expected a Python file, received {str(path)!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    _files[name] = file
    return module


def _report_unknown_hooks(manager: pluggy.PluginManager, places: dict[str, Origin], problems: Problems) -> None:
    """Report functions marked `@hookimpl` that are no hooks, and plugins without any."""
    callers = {name: caller for name, caller in vars(manager.hook).items() if not name.startswith("_")}
    known = [name for name, caller in callers.items() if caller.has_spec()]
    for name in callers.keys() - set(known):
        for implementation in callers[name].get_hookimpls():
            plugin = implementation.plugin_name
            hint = did_you_mean(name, known) or f"the hooks: {', '.join(known)}"
            problems.error(f"plugin {plugin!r}: there is no hook {name!r}", places.get(plugin), hint=hint)
    for plugin, module in manager.list_name_plugin():
        if module is not None and not manager.get_hookcallers(module):
            message = f"plugin {plugin!r} does nothing: no function in it is marked `@hookimpl`"
            problems.error(message, places.get(plugin), hint="see docs/plugins.md")


def own_traceback(error: BaseException) -> str:
    """Return the traceback of an exception, without the frames of this tool and of importlib."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(Path(frame.filename))]
    lines = [*traceback.format_list(frames), *traceback.format_exception_only(error)]
    return "".join(lines).rstrip()


def _is_ours(file: Path) -> bool:
    """Say whether a file belongs to the engine, which calls plugins, or to what it calls them through."""
    inside = file.parts[len(ENGINE.parts) :] if file.is_relative_to(ENGINE) else ()
    return bool(inside and inside[0] != "plugins") or "importlib" in str(file) or "pluggy" in file.parts
