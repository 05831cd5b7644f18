"""The saved model of graphs/gravnet.yaml: many events, one event, and ten thousand calls"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import Case
from benchmarks.network import batch_of, compiled_with, options, ready
from benchmarks.operations import seconds_of_operations
from benchmarks.process import allocated, resident
from benchmarks.target import Results, Target, figure, ratio, value

BATCH, EVENT, SMALL = 10_000, 2_000, 100
CALLS = 3_400
"""Calls of one measurement: after the third, of five, they are more than ten thousand since the first."""
NEIGHBOURS = 64


def cases() -> Iterator[Case]:
    """Yield the batch, forward in training and by the saved model, one event, and many calls."""
    for contender, hits in (("forward", BATCH), ("saved model", BATCH), ("one event", EVENT), ("calls", SMALL)):
        yield Case("inference", contender, {"hits": hits, "k": NEIGHBOURS})


def _forward(hits: int, k: int) -> Callable[[], Any]:
    """The forward half of a training step: all that a validation computes, the loss included."""
    import tensorflow as tf

    steps, feed = ready(options(hits, k))
    batch = batch_of(feed, hits)
    inputs, events = steps.inputs(batch), tf.constant(len(batch.events), tf.int64)

    def forward() -> None:
        steps.validate(inputs, events)
        steps.validation_sums.take()

    return forward


def _saved(hits: int, k: int) -> tuple[Callable[[dict[str, np.ndarray]], Any], dict[str, np.ndarray]]:
    """Return the model, saved and loaded again, as a function of columns, and those of some events."""
    from registry.compiling.saved_model import load_model

    compiled, feed = compiled_with(options(hits, k))
    assert compiled.inference is not None
    columns = {name: np.asarray(value) for name, value in batch_of(feed, hits).tensors.items()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        compiled.inference.save(file)
        model = load_model(file)
    return model.predict_on_batch, columns


def _many(hits: int, k: int) -> Callable[[], Any]:
    predict, columns = _saved(hits, k)

    def call() -> None:
        predict(columns)

    return call


def _one(hits: int, k: int) -> Callable[[], dict[str, float]]:
    """One event; the hits of several are taken for those of one, which the network cannot tell."""
    predict, columns = _saved(hits, k)
    event = _event(columns, hits)

    def call() -> dict[str, float]:
        taken: list[float] = []

        def timed() -> None:
            started = time.perf_counter()
            predict(event)
            taken.append(time.perf_counter() - started)

        return {"operations": seconds_of_operations(timed), "seconds": taken[0]}

    return call


def _calls(hits: int, k: int) -> Callable[[], dict[str, float]]:
    """Many events, one after the other, each with another number of hits."""
    predict, columns = _saved(2 * hits, k)
    events = [_event(columns, size) for size in range(hits // 2, hits + hits // 2)]
    before: list[tuple[float, float]] = []

    def call() -> dict[str, float]:
        for number in range(CALLS):
            predict(events[number % len(events)])
        gc.collect()
        before.append((allocated(), resident()))
        (first, first_resident), (last, last_resident) = before[0], before[-1]
        return {"growth_mb": last - first, "resident_growth_mb": last_resident - first_resident}

    return call


def _event(columns: dict[str, np.ndarray], hits: int) -> dict[str, np.ndarray]:
    """Return the first hits as one event."""
    return {
        name: np.array([0, hits], array.dtype) if name.endswith("row_splits") else array[:hits]
        for name, array in columns.items()
    }


def _beside_operations(results: Results) -> float | None:
    """Return the time of one event in units of that of its operations."""
    seconds, operations = (figure(results, "inference", "one event", name) for name in ("seconds", "operations"))
    return seconds / operations if seconds and operations else None


CONTENDERS = {"forward": _forward, "saved model": _many, "one event": _one, "calls": _calls}

TARGETS = (
    Target(
        "saved model, 10,000 hits, against the forward half of a training step: 1 x the time",
        ratio("inference", "saved model", "forward", hits=BATCH),
        1,
    ),
    Target(
        "saved model, one event of 2,000 hits, against the sum of its operations: 1.3 x the time",
        _beside_operations,
        1.3,
    ),
    Target(
        "saved model, 10,000 events: no more memory allocated (10 MB)",
        value("inference", "calls", "growth_mb", hits=SMALL),
        10,
        unit=" MB",
    ),
)
