"""Predicts with a trained model, whatever names it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import InputError, Problem
from registry.interface.arguments import Paths, listed
from registry.interface.models import apply
from registry.interface.run import Run

if TYPE_CHECKING:
    import keras

    from registry.contract.data import Columns
    from registry.inference.predictions import Predictions


def predict(
    model: Run | keras.Model | str | Path, events: Columns | str | Path, clusters: bool = False, plugins: Paths = ()
) -> Predictions:
    """Return what a trained model says of events: its outputs as arrays by name; `hits`, `showers` as DataFrames.

    `model`: a run, its address, name or folder; a model's file; or what `load_model` returns. `events`: columns by port
    of the loader, or by "node.port", each [hits, width], and "row_splits" [events + 1]; or data as the model's loader
    reads them: a file, or "test", a part of what it was trained with. `clusters`: make clusters with the model's
    read-out. Truth is not needed. Raises InputError for a model that is not there, and for data that do not fit.
    """
    if isinstance(model, Run):
        return model.predict(events, clusters)
    if not isinstance(model, (str, Path)):
        return _with_loaded(model, events, clusters)
    from registry.inference.opening import opened_model

    with opened_model(str(model), listed(plugins)) as opened:
        return apply(opened, opened.network, events, clusters)


def _with_loaded(model: keras.Model, events: Columns | str | Path, clusters: bool) -> Predictions:
    from registry.inference.predicting import Network
    from registry.inference.predictions import predict_columns
    from registry.inference.tables import tabulate

    if clusters or isinstance(events, (str, Path)):
        what = "makes no clusters" if clusters else f"reads no data: {str(events)!r}"
        hint = "give the model's file, or run:ID: predict('model.keras', ...)"
        raise InputError([Problem(f"a model of Keras {what}", hint=hint)])
    return predict_columns(Network(model), events, tabulate)
