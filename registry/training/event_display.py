"""The event that monitors look at, with what the trained network says of its hits, to be turned on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from registry.contract.data import Columns, Part
from registry.contract.errors import Problems
from registry.contract.figures import Cloud
from registry.measuring.read_out import MissingColumn, ReadOut
from registry.training.observing import typical_event
from registry.training.run import Run
from registry.wiring.evaluation import check_evaluation

TRUTH = "true object"
DETECTOR_AXES = ("x", "y", "z")


def event_display(run: Run, thresholds: Mapping[str, Any]) -> Cloud | None:
    """Return the event as a figure; None without a model or an event.

    `thresholds`: those of the clusterer that are saved with the model.
    """
    part, event = typical_event(run.feed.source)
    if run.compiled.inference is None or not len(event):
        return None
    columns = _predicted(run, run.compiled.inference, part, event)
    evaluation = check_evaluation(run.checked, Problems())
    read_out = evaluation.read_out if evaluation else None
    if read_out and thresholds:
        own = {name: thresholds[name] for name in read_out.clusterer.thresholds if name in thresholds}
        read_out = read_out.with_thresholds(own)
    name = run.feed.source.describe(part, int(event[0]))
    return cloud_of(columns, read_out, f"{part} event: {name}")


def cloud_of(columns: Columns, read_out: ReadOut | None, text: str) -> Cloud | None:
    """Return the hits of an event as a figure: where they are, and what they are coloured by.

    `columns`: outputs of the network and columns of the loader, each [hits, width], and "row_splits" [2].
    """
    hits = int(np.asarray(columns["row_splits"]).reshape(-1)[-1])
    spaces: dict[str, np.ndarray] = {}
    colours: dict[str, np.ndarray] = {}
    size, known, true = None, {}, {}
    if read_out is not None:
        known, true = read_out.hits(columns), read_out.true(columns)
    if "coordinates" in known:
        spaces["detector"] = known["coordinates"]
    if "index" in true:
        colours[TRUTH] = true["index"].reshape(-1).astype(np.int64)
    if read_out is not None:
        try:
            given = read_out.given(columns)
            spaces |= {
                name: item
                for name, item in given.items()
                if item.ndim == 2 and 2 <= item.shape[1] <= 8 and len(item) == hits
            }
            colours["cluster"] = read_out.clusters(columns).assignment.astype(np.int64)
        except MissingColumn:
            pass
    # Factors multiply energies: of hits that have none they say nothing.
    for what in ("beta", "energy", *(["energy_factor"] if "energy" in known else [])):
        if what in known and len(known[what]) == hits:
            colours[what] = known[what].reshape(-1)
    size = known["energy"].reshape(-1) if "energy" in known else None
    spaces = {("cluster space" if name == "coordinates" else name): item for name, item in spaces.items()}
    if not spaces:
        return None
    return Cloud(
        spaces,
        colours,
        size,
        f"{text}, {hits:,} hits",
        {"detector": DETECTOR_AXES},
        TRUTH if TRUTH in colours else "",
    )


def _predicted(run: Run, model: keras.Model, part: Part, event: np.ndarray) -> Columns:
    """Return the columns of an event and the outputs of the network that have a row for each of its hits."""
    node = run.checked.loader.written.path
    columns = run.feed.source.read(part, event, None)
    hits = run.checked.loader.types["row_splits"].points_to
    types = {name: run.checked.type_of(ref) for name, ref in run.checked.outputs.items()}
    of_hits = [name for name, type_ in types.items() if type_.axes and type_.axes[0] == hits]
    given = {name: tf.convert_to_tensor(columns[name.removeprefix(f"{node}.")]) for name in model.input}
    said = model(given, training=False)
    return {**columns, **{name: np.asarray(said[name]) for name in of_hits}, "row_splits": columns["row_splits"]}
