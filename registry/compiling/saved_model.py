"""Loads trained models, with the layers of every plugin known to Keras."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import keras

from registry.contract.block import load_layer
from registry.contract.errors import InputError, Problem, did_you_mean
from registry.loading.blocks import load_registry

_UNKNOWN = re.compile(r"Could not locate class '([^']+)'")
"""What Keras says of a layer whose class is not registered."""


def load_model(path: str | Path, plugins: Iterable[str] = ()) -> keras.Model:
    """Return the model in a `.keras` file that a run has saved; it maps columns of hits to the graph's outputs.

    `plugins`: plugins to load beside the installed ones, as for `--plugin`. Raises InputError for a plugin that fails,
    and for a file that is missing, is no model, or has a layer that no plugin brings.
    """
    registry = load_registry([(name, None) for name in plugins])
    for block in registry.blocks.values():
        if block.layer:
            load_layer(block)
    file = Path(path)
    if not file.is_file():
        others = [item.name for item in file.parent.glob("*.keras")]
        raise InputError([Problem(f"{path}: there is no such file", hint=did_you_mean(file.name, others))])
    try:
        model: keras.Model = keras.models.load_model(path, compile=False)
    # What is raised for a damaged or foreign file depends on the part of Keras that meets it first.
    except Exception as error:
        raise InputError([_reason(file, error)]) from error
    return model


def _reason(file: Path, error: Exception) -> Problem:
    """Return why Keras cannot load a model, without the whole configuration of it that Keras prints."""
    unknown = _UNKNOWN.search(str(error))
    if unknown:
        hint = "name its plugin: plugins=[...], or --plugin FILE_OR_MODULE"
        return Problem(f"{file}: a layer of it, {unknown[1]!r}, belongs to no plugin that is loaded", hint=hint)
    lines = str(error).strip().splitlines()
    return Problem(f"{file} cannot be loaded: {type(error).__name__}: {lines[0][:200] if lines else ''}".rstrip(": "))
