"""Loads the plugins that a saved model needs: those given, those that lie where they lay, or its own copies."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from registry.compiling.carried import Carried
from registry.contract.errors import InputError, Problem
from registry.loading.blocks import Registry, load_registry
from registry.loading.kept import KEPT, KeptPlugin
from registry.loading.sources import plugins_of


def with_plugins(file: Path, carried: Carried, needed: Sequence[KeptPlugin], plugins: Sequence[str]) -> Registry:
    """Load the plugins that are given, and those of a model's file that are needed beside them.

    "kept" among `plugins` allows the copies that the file carries. Raises InputError for a plugin that is not found.
    """
    given = [name for name in plugins if name != KEPT]
    registry = load_registry([(name, None) for name in given])
    missing = [plugin for plugin in needed if not registry.blocks.keys() >= set(plugin.blocks)]
    for line in _other_contents(registry, [plugin for plugin in needed if plugin not in missing]):
        print(f"{file}: {line}", file=sys.stderr)
    if not missing:
        return registry
    folder = carried.unpack() if KEPT in plugins else None
    problems, found = [], []
    for plugin in missing:
        if folder and plugin.file:
            if plugin.place.is_file() and plugin.changed():
                print(f"{file}: {plugin.place} is another one now; {_kept(plugin)} is used", file=sys.stderr)
            found.append(str(folder / plugin.kept / plugin.file))
        elif plugin.file in plugin.files and not plugin.changed():
            print(f"{file}: plugin {plugin.name!r} is taken from {plugin.place}, as it was saved", file=sys.stderr)
            found.append(str(plugin.place))
        else:
            problems.append(_missing(file, plugin))
    if problems:
        raise InputError(problems)
    return load_registry([(name, None) for name in (*given, *found)])


def _missing(file: Path, plugin: KeptPlugin) -> Problem:
    """Return the problem of a plugin that is not found."""
    blocks = ", ".join(map(repr, plugin.blocks))
    what = f"{file} needs the block {blocks} of the plugin {plugin.name!r}"
    if plugin.distribution:
        hint = f"pip install '{plugin.distribution}=={plugin.version}'"
        return Problem(f"{what}, which {plugin.distribution} {plugin.version} has brought", hint=hint)
    name = plugin.file if plugin.file != "__init__.py" else plugin.place.parent.name
    state = f"has changed since: {', '.join(plugin.changed())}" if plugin.place.is_file() else "is not there any more"
    hint = f"name it: plugins=['.../{name}']; or plugins='{KEPT}' for {_kept(plugin)}, if you trust the file"
    return Problem(f"{what}; {plugin.place} {state}", hint=hint)


def _kept(plugin: KeptPlugin) -> str:
    return f"the copy of {plugin.file} that the file carries"


def _other_contents(registry: Registry, plugins: Sequence[KeptPlugin]) -> Iterator[str]:
    """Yield what is to be said of plugins that are not those that the model was trained with."""
    codes = plugins_of(registry, [block for plugin in plugins for block in plugin.blocks])
    for plugin in plugins:
        now = next((code for code in codes if set(code.blocks) >= set(plugin.blocks)), None)
        if now and (changed := plugin.changed_in(now)):
            yield f"plugin {now.plugin!r} is not as it was when the model was saved: {', '.join(changed)}"
