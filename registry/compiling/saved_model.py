"""Loads trained models, with the layers of every plugin known to Keras."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import keras

from registry.contract.block import load
from registry.loading.blocks import load_registry


def load_model(path: str | Path, plugins: Iterable[str] = ()) -> keras.Model:
    """Return the model in a `.keras` file that a run has saved; it maps columns of hits to the graph's outputs.

    `plugins`: plugins to load beside the installed ones, as for `--plugin`. Raises InputError for a plugin that fails.
    """
    registry = load_registry([(name, None) for name in plugins])
    for block in registry.blocks.values():
        if block.layer:
            load(block.layer)
    model: keras.Model = keras.models.load_model(path, compile=False)
    return model
