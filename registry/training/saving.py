"""Saves the inference model of a run: whole or not at all, and read back before it counts as saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from registry.compiling.carried import add_plugins
from registry.compiling.carried_graph import add_graph
from registry.compiling.carried_read_out import add_read_out
from registry.compiling.keras_names import make_known
from registry.compiling.reading_back import changed_outputs, lost_weights, read_model
from registry.console.files import replacing
from registry.contract.errors import RunError
from registry.wiring.checked_graph import CheckedGraph


def save_model(
    model: keras.Model,
    path: Path,
    columns: Mapping[str, tf.Tensor],
    checked: CheckedGraph | None = None,
    read_out: Mapping[str, Any] | None = None,
) -> None:
    """Write a model under a name that it gets when it is complete; read it back, and compare it with the one in memory.

    `columns`: some events that both are run on; `checked`: the graph whose plugins the file is to carry; `read_out`:
    how its predictions are made into clusters. Raises
    RunError, which names the file, if it cannot be written or read, or if what is read is not the model.
    """
    try:
        with replacing(path) as partial:
            _save(model, partial, path, checked)
            if read_out:
                add_read_out(partial, read_out)
            check_saved(model, partial, path, columns)
    except OSError as error:
        raise RunError(f"the model cannot be saved as {path}: {_said(error)}") from error


def _save(model: keras.Model, file: Path, name: Path, checked: CheckedGraph | None) -> None:
    try:
        model.save(file)
        if checked is not None:
            add_plugins(file, checked)
            add_graph(file, checked)
            # A model that was loaded meanwhile may have classes of the same names.
            make_known(checked.registry)
    except Exception as error:
        raise RunError(f"the model cannot be saved as {name}: {_said(error)}") from error


def check_saved(model: keras.Model, file: Path, name: Path, columns: Mapping[str, tf.Tensor]) -> None:
    """Read a model's file, and compare it with the model; raises RunError, which calls the file `name`."""
    try:
        loaded = read_model(file)
    except Exception as error:
        raise RunError(f"the model that was saved as {name} cannot be read back: {_said(error)}") from error
    lost = lost_weights(model, loaded)
    if lost:
        parts = "; ".join(f"{layer}: {what}" for layer, what in lost.items())
        raise RunError(f"the model that was saved as {name} is not the one that was trained: {parts}")
    changed = changed_outputs(model, loaded, columns) if columns else {}
    if changed:
        parts = ", ".join(f"{output} by up to {size:.3g}" for output, size in changed.items())
        raise RunError(f"the model that was saved as {name} predicts something else than the trained one: {parts}")


def _said(error: Exception) -> str:
    """Return what an exception says, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
