"""Loads trained models, from a file or from a run, and predicts with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from registry.console.notices import without_startup_notices
from registry.contract.errors import InputError, Problem
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
    from registry.interface.run import Run


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


def predict(
    model: Run | keras.Model | str | Path, events: Columns | str | Path, clusters: bool = False, plugins: Paths = ()
) -> Predictions:
    """Return what a trained model says of events: its outputs as arrays by name; `hits`, `showers` as DataFrames.

    `model`: a run, its address, name or folder; a model's file; or what `load_model` returns. `events`: columns by port
    of the loader, or by "node.port", each [hits, width], and "row_splits" [events + 1]; or data as the model's loader
    reads them: a file, or "test", a part of what it was trained with. `clusters`: make clusters with the model's
    read-out. Truth is not needed. Raises InputError for a model that is not there, and for data that do not fit.
    """
    from registry.interface.run import Run

    if isinstance(model, Run):
        return model.predict(events, clusters)
    if not isinstance(model, (str, Path)):
        return _with_loaded(model, events, clusters)
    from registry.inference.opening import opened_model

    with opened_model(str(model), listed(plugins)) as opened:
        return apply(opened, opened.network, events, clusters)


def apply(
    model: TrainedModel, network: Callable[[], Network], events: Columns | str | Path, clusters: bool
) -> Predictions:
    """Return what a model says of columns of events, or of data; `network` loads it when the data are read."""
    tabulate = model.tabulate(clusters)
    if isinstance(events, (str, Path)):
        opened = model.events(str(events))
        loaded = network()
        from registry.inference.predictions import predict_source

        return predict_source(loaded, opened, tabulate)
    loaded = network()
    from registry.inference.predictions import predict_columns

    return predict_columns(loaded, events, tabulate)


def _with_loaded(model: keras.Model, events: Columns | str | Path, clusters: bool) -> Predictions:
    from registry.inference.predicting import Network
    from registry.inference.predictions import predict_columns
    from registry.inference.tables import tabulate

    if clusters or isinstance(events, (str, Path)):
        what = "makes no clusters" if clusters else f"reads no data: {str(events)!r}"
        hint = "give the model's file, or run:ID: predict('model.keras', ...)"
        raise InputError([Problem(f"a model of Keras {what}", hint=hint)])
    return predict_columns(Network(model), events, tabulate)
