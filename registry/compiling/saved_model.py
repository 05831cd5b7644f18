"""Loads trained models, with the plugins that they need."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import keras

from registry.compiling.carried import Carried, carried
from registry.compiling.keras_names import known
from registry.compiling.model_file import require_finite, require_model_file
from registry.compiling.usable import usable
from registry.contract.block import load_layer
from registry.contract.errors import InputError, Problem
from registry.contract.failures import FAILURES, failure, said
from registry.loading.blocks import Registry, load_registry
from registry.loading.kept import KEPT, KeptPlugin
from registry.loading.sources import plugins_of

_UNKNOWN = re.compile(r"Could not locate class '([^']+)'")
"""What Keras says of a layer whose class is not registered."""


def load_model(path: str | Path, plugins: Iterable[str] = ()) -> keras.Model:
    """Return the model in a `.keras` file that a run has saved; it maps columns of hits to the graph's outputs.

    `plugins`: plugins to load beside the installed ones, as for `--plugin`. What the model needs beside them is taken
    from where it lay when the model was saved, if it is the same still; "kept" among the plugins allows the copy that
    the file carries. Raises InputError for a plugin that fails, one that is needed and not found, and for a file that
    is missing, is no model or not whole, or whose weights are not finite.
    """
    file = Path(path)
    require_model_file(file)
    needed = carried(file)
    registry = _with_plugins(file, needed, list(plugins))
    _import_layers(registry, {block for plugin in needed.plugins for block in plugin.blocks})
    try:
        with known(registry):
            model: keras.Model = keras.models.load_model(path, compile=False)
    except InputError:
        raise
    # What is raised for a damaged or foreign file depends on the part of Keras that meets it first.
    except Exception as error:
        raise InputError([_reason(file, error)]) from error
    require_finite(model, file)
    return usable(model)


def _with_plugins(file: Path, needed: Carried, plugins: Sequence[str]) -> Registry:
    """Load the plugins that are given, and those that the model needs beside them."""
    given = [name for name in plugins if name != KEPT]
    registry = load_registry([(name, None) for name in given])
    missing = [plugin for plugin in needed.plugins if not registry.blocks.keys() >= set(plugin.blocks)]
    for line in _other_contents(registry, [plugin for plugin in needed.plugins if plugin not in missing]):
        print(f"{file}: {line}", file=sys.stderr)
    if not missing:
        return registry
    folder = needed.unpack() if KEPT in plugins else None
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


def _import_layers(registry: Registry, needed: set[str]) -> None:
    """Import the layers of all blocks, so that they are registered; raises InputError for one that the model needs."""
    for block in registry.blocks.values():
        if not block.layer:
            continue
        try:
            load_layer(block)
        except FAILURES as error:
            if block.name in needed:
                message = f"the layer {block.layer} of the block {block.name!r} cannot be imported: {said(error)}"
                raise InputError([failure(message, error)]) from error


def _reason(file: Path, error: Exception) -> Problem:
    """Return why Keras cannot load a model, without the whole configuration of it that Keras prints."""
    unknown = _UNKNOWN.search(str(error))
    if unknown:
        hint = "name its plugin: plugins=[...], or --plugin FILE_OR_MODULE"
        return Problem(f"{file}: a layer of it, {unknown[1]!r}, belongs to no plugin that is loaded", hint=hint)
    lines = str(error).strip().splitlines()
    return Problem(f"{file} cannot be loaded: {type(error).__name__}: {lines[0][:200] if lines else ''}".rstrip(": "))
