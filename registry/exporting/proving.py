"""Proves an export: a process without this package runs it, and its outputs are compared with the model's."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from registry.compiling.usable import compiled_call, plain_kernels
from registry.contract.bare import run_bare
from registry.contract.errors import RunError
from registry.contract.exporter import Exportable, Exporter
from registry.exporting.exportable import output_names, plain_names, renamed
from registry.exporting.trials import EVENTS, MOST, distances, random_columns, trial

if TYPE_CHECKING:
    import keras

DRAWS = 3
"""Random events of every size, all of which have to be equal."""

REPEATS = 3
"""Calls whose shortest is the time of an event."""


@dataclass(frozen=True)
class Timed:
    """How long an event of some hits takes, in seconds.

    `model`: by the model here, with its compiled kernels; `plain`: with those of TensorFlow's own operations, which an
    export has; `export`: by the export.
    """

    hits: int
    model: float
    plain: float
    export: float


@dataclass(frozen=True)
class Proof:
    """What was found: the largest difference in units of scale, the trials, and the times of events of some sizes.

    `trials`: for each, how many hits its events have.
    """

    difference: float
    trials: Sequence[Sequence[int]]
    times: Sequence[Timed]


def prove(exporter: Exporter, network: Exportable, model: keras.Model, place: Path, hits: Sequence[int]) -> Proof:
    """Compare an export with its model on events of several sizes, and take the times of events of `hits`.

    Raises RunError if the export does not run without this package, or its outputs are others.
    """
    trials = [trial(model, sizes, seed) for sizes in EVENTS for seed in range(DRAWS)]
    timed = [random_columns(model, (size,), seed) for seed, size in enumerate(hits)]
    names, outputs = plain_names(model), output_names(model)
    given = [renamed(columns, names) for columns in (*(item.columns for item in trials), *timed)]
    arguments = [os.path.abspath(place)]
    ran = run_bare(exporter.request(network), arguments, given, exporter.without, REPEATS)
    largest = max(
        _equal(item.sizes, renamed(item.outputs, outputs), found)
        for item, found in zip(trials, ran.outputs, strict=False)
    )
    with plain_kernels():
        plain = compiled_call(model)
        for columns in timed[:1]:
            plain(columns)  # traced here
    times = [
        Timed(size, _seconds(model.predict_on_batch, columns), _seconds(plain, columns), own)
        for size, columns, own in zip(hits, timed, ran.seconds[len(trials) :], strict=True)
    ]
    return Proof(largest, [item.sizes for item in trials], times)


def _equal(sizes: Sequence[int], wanted: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> float:
    """Return the largest difference of outputs in units of their scale; raise RunError if that is too much."""
    far = distances(wanted, found)
    worst = max(far, key=lambda name: far[name])
    if far[worst] > MOST:
        events = f"events of {', '.join(map(str, sizes))} hits" if sizes else "no event"
        message = f"{worst!r} is another one in {events}: it differs by {far[worst]:.2g} of its scale"
        raise RunError(f"the export is not the model, and is not given out: {message} ({MOST:g} is allowed)")
    return far[worst]


def _seconds(call: Callable[[Mapping[str, np.ndarray]], object], columns: Mapping[str, np.ndarray]) -> float:
    """Return the shortest time of some calls, after a first one."""
    call(columns)
    best = float("inf")
    for _ in range(REPEATS):
        started = time.perf_counter()
        call(columns)
        best = min(best, time.perf_counter() - started)
    return best
