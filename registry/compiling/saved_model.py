"""Loads trained models, with the plugins that they need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import keras

from registry.compiling.carried import carried
from registry.compiling.carried_plugins import with_plugins
from registry.compiling.keras_names import known
from registry.compiling.model_file import require_finite, require_model_file
from registry.compiling.usable import usable
from registry.contract.block import load_layer
from registry.contract.errors import InputError, Problem
from registry.contract.failures import FAILURES, failure, said
from registry.contract.function_registry import FUNCTIONS
from registry.contract.imported_layer import ImportedLayer
from registry.loading.blocks import Registry

KNOWN = {"registry>ImportedLayer": ImportedLayer}
"""Layers that belong to no plugin's block, by their registration."""

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
    registry = with_plugins(file, needed, needed.plugins, list(plugins))
    _import_layers(registry, {block for plugin in needed.plugins for block in plugin.blocks})
    try:
        with known(registry), FUNCTIONS.meant(registry.blocks):
            model: keras.Model = keras.models.load_model(path, KNOWN, compile=False)
    except InputError:
        raise
    # What is raised for a damaged or foreign file depends on the part of Keras that meets it first.
    except Exception as error:
        raise InputError([_reason(file, error)]) from error
    require_finite(model, file)
    return usable(model)


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
