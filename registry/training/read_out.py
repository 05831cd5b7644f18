"""Chooses the thresholds of a network's read-out on the validation events, to be saved with the model."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import tensorflow as tf

from registry.compiling.carried_read_out import READ_OUT, SECTION, TUNING
from registry.console.counting import Counting
from registry.contract.data import Columns, Part
from registry.contract.errors import Problems
from registry.language.value import Value
from registry.measuring.positions import as_one
from registry.measuring.read_out import MissingColumn
from registry.measuring.scan import Scan
from registry.measuring.tuning import MOST_HITS, tune
from registry.training.packing import pack
from registry.training.run import Run
from registry.wiring.evaluation import SECTION as NAME
from registry.wiring.evaluation import Evaluation, check_evaluation

PART: Part = "validation"


def chosen_read_out(run: Run, tuned: bool) -> dict[str, Any]:
    """Return what a model's file says of its read-out; nothing for a graph that cannot be read out.

    `tuned`: choose the thresholds, unless `Evaluation.tune` forbids it or there are no validation events.
    """
    evaluation = check_evaluation(run.checked, Problems())
    if evaluation is None:
        return {}
    read_out, scan = evaluation.read_out, None
    if evaluation.options.tune and read_out.clusterer.thresholds:
        if tuned:
            scan = _scan(run, evaluation)
        else:
            run.progress.line(
                f"read-out: the run did not end: the thresholds of {read_out.clusterer.name} are not tuned"
            )
    if scan is not None:
        read_out = read_out.with_thresholds(scan.chosen)
    content: dict[str, Any] = {READ_OUT: read_out.plain(), SECTION: _section(run)}
    return content | ({TUNING: scan.plain(PART)} if scan else {})


def _section(run: Run) -> Any:
    """Return the options of `Evaluation`, as they were written."""
    section = run.checked.expanded.config.nearest([NAME])
    return (_kept(section) if section is not run.checked.expanded.config else None) or {}


def _kept(value: Value, key: str = "") -> Any:
    """Return options without secrets: texts of the environment by their names, but for names of blocks (`use`)."""
    if isinstance(value.data, dict):
        return {name: _kept(item, name) for name, item in value.data.items()}
    if isinstance(value.data, list):
        return [_kept(item) for item in value.data]
    return value.data if key == "use" else value.shown()


def _scan(run: Run, evaluation: Evaluation) -> Scan | None:
    started, name = time.monotonic(), evaluation.read_out.clusterer.name
    columns = _predicted(run)
    if columns is None:
        return None
    events = len(columns["row_splits"]) - 1
    run.progress.line(f"read-out: choosing the thresholds of {name} on {events} validation events")
    counting = Counting("read-out: tried", 1, "settings")
    try:
        scan = tune(evaluation.read_out, columns, evaluation.matcher, evaluation.options.objective, counting.reach)
    except (MissingColumn, ValueError) as error:
        run.progress.line(f"warning: the thresholds of {name} stay as they are: {error}")
        return None
    finally:
        counting.end()
    if scan is not None:
        run.progress.line(f"read-out: {scan.text()}, {time.monotonic() - started:.1f} s")
        for line in scan.warnings():
            run.progress.line(f"warning: {line}")
    return scan


def _predicted(run: Run) -> Columns | None:
    """Return the columns and outputs of the first validation events; None if there are none, or no model."""
    model, source, node = run.compiled.inference, run.feed.source, run.checked.loader.written.path
    sizes = source.sizes(PART)
    first = np.flatnonzero((np.cumsum(sizes) <= MOST_HITS) | (np.arange(len(sizes)) == 0))
    if model is None or not sizes[first].sum():
        return None
    hits = run.checked.loader.types["row_splits"].points_to
    types = {name: run.checked.type_of(ref) for name, ref in run.checked.outputs.items()}
    of_hits = [name for name, type_ in types.items() if type_.axes and type_.axes[0] == hits]
    batches = []
    for events in pack(sizes, first, max(int(sizes.max()), 20_000)):
        columns = source.read(PART, events, None)
        given = {name: tf.convert_to_tensor(columns[name.removeprefix(f"{node}.")]) for name in model.input}
        said = model(given, training=False)
        own = {name: np.asarray(said[name]) for name in of_hits}
        batches.append({**columns, **own})
    positions = [name for name in of_hits if types[name].points_to == hits]
    return as_one(batches, positions)
