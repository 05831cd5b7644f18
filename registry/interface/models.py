"""Loads trained models, from a file or from a run, and predicts with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from registry.console.notices import without_startup_notices
from registry.interface.arguments import Paths, listed
from registry.loading.blocks import load_registry
from registry.loading.kept import KEPT
from registry.tracking.runs import MODEL_FILE, RUN, Runs

if TYPE_CHECKING:
    import keras
    import numpy as np

    from registry.contract.data import Columns


def load_model(model: str | Path, plugins: Paths = ()) -> keras.Model:
    """Return a trained model: a `.keras` file that a run has saved, or the model of a run, "run:ID".

    It maps columns of hits to the graph's `outputs`, and knows neither truth nor losses. `plugins`: files or modules
    to load beside the installed plugins, for the layers of theirs. What a file needs beside them is taken from where it
    lay, if it is the same still; plugins="kept" allows the copy that the file carries, whose code is run. A run's own
    copy is used without being named. Raises InputError for a plugin that fails or is not found and for a file that is
    no such model, RunError for a run that cannot be found.
    """
    names = listed(plugins)
    with without_startup_notices():
        from registry.compiling import saved_model
    if not str(model).startswith(RUN):
        return saved_model.load_model(model, names)
    registry = load_registry((name, None) for name in names)
    with TemporaryDirectory() as folder:
        file = Runs(registry.trackings.values()).find(str(model)).download(MODEL_FILE, Path(folder))
        return saved_model.load_model(file, [*names, KEPT])


def predict(model: keras.Model, events: Columns) -> Mapping[str, np.ndarray]:
    """Return a trained model's outputs for events, as arrays by name.

    `events`: arrays by port of the loader, or by "node.port", each [hits, width]; "row_splits" [events+1]. Columns that
    the model does not take are left out. Raises InputError for one that is missing, and for a value that the input's
    dtype cannot hold.
    """
    predicted: Mapping[str, np.ndarray] = model.predict_on_batch(events)
    return predicted
