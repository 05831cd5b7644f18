"""Loads trained models, from a file or from a run, and predicts with them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
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

    from registry.contract.data import Columns
    from registry.inference.opening import TrainedModel
    from registry.inference.predicting import Network
    from registry.inference.predictions import Predictions


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
    registry = load_registry((name, None) for name in names if name != KEPT)
    with TemporaryDirectory() as folder:
        file = Runs(registry.trackings.values()).find(str(model)).download(MODEL_FILE, Path(folder))
        return saved_model.load_model(file, [*dict.fromkeys([*names, KEPT])])


def apply(
    model: TrainedModel, network: Callable[[], Network], events: Columns | str | Path, clusters: bool
) -> Predictions:
    """Return what a model says of columns of events, or of data; `network` loads it when the data are read."""
    tabulate = model.tabulate(clusters)
    for doubt in model.doubts(clusters):
        warnings.warn(doubt.message, stacklevel=4)
    if isinstance(events, (str, Path)):
        opened = model.events(str(events))
        loaded = network()
        from registry.inference.predictions import predict_source

        return predict_source(loaded, opened, tabulate)
    loaded = network()
    from registry.inference.predictions import predict_columns

    return predict_columns(loaded, events, tabulate)
