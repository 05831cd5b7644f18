"""Proves an export: a process without this package runs it, and its outputs are compared with the model's."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from registry.contract.bare import run_bare
from registry.contract.errors import RunError
from registry.contract.exporter import Exportable, Exporter
from registry.exporting.exportable import output_names, plain_names, renamed
from registry.exporting.trials import EVENTS, distances, random_columns

if TYPE_CHECKING:
    import keras

MOST = 1e-4
"""The largest difference, in units of the largest value of an output."""

DRAWS = 3
"""Random events of every size, of which one has to be equal.

Rounding may change which of two hits at almost the same distance is a neighbour, and with it an output, in one of many
events; what is wrong differs in all of them.
"""

REPEATS = 3
"""Calls whose shortest is the time of an event."""


@dataclass(frozen=True)
class Timed:
    """How long an event of some hits takes, in seconds: by the model here, and by the export."""

    hits: int
    model: float
    export: float


@dataclass(frozen=True)
class Proof:
    """What was found: the largest difference in units of scale, the trials, and the times of events of some sizes."""

    difference: float
    trials: Sequence[Sequence[int]]
    times: Sequence[Timed]


def prove(exporter: Exporter, network: Exportable, model: keras.Model, place: Path, hits: Sequence[int]) -> Proof:
    """Compare an export with its model on events of several sizes, and take the times of events of `hits`.

    Raises RunError if the export does not run without this package, or its outputs are others.
    """
    drawn = [sizes for sizes in EVENTS for _ in range(DRAWS)]
    trials = [*drawn, *((size,) for size in hits)]
    given = [random_columns(model, sizes, seed) for seed, sizes in enumerate(trials)]
    names, outputs = plain_names(model), output_names(model)
    wanted = [renamed(model.predict_on_batch(columns), outputs) for columns in given[: len(drawn)]]
    arguments = [os.path.abspath(place)]
    ran = run_bare(
        exporter.request(network), arguments, [renamed(item, names) for item in given], exporter.without, REPEATS
    )
    far = [distances(one, other) for one, other in zip(wanted, ran.outputs, strict=False)]
    largest = max(_equal(sizes, far[DRAWS * place : DRAWS * (place + 1)]) for place, sizes in enumerate(EVENTS))
    timed = zip(hits, given[len(drawn) :], ran.seconds[len(drawn) :], strict=True)
    return Proof(largest, EVENTS, [Timed(size, _seconds(model, columns), own) for size, columns, own in timed])


def _equal(sizes: Sequence[int], far: Sequence[Mapping[str, float]]) -> float:
    """Return the largest difference in the draw that differs least; raise RunError if that is too much."""
    best = min(far, key=lambda draw: max(draw.values()))
    worst = max(best, key=lambda name: best[name])
    if best[worst] > MOST:
        events = f"events of {', '.join(map(str, sizes))} hits" if sizes else "no event"
        message = f"{worst!r} is another one in {events}: it differs by {best[worst]:.2g} of its scale"
        raise RunError(f"the export is not the model, and is not given out: {message} ({MOST:g} is allowed)")
    return best[worst]


def _seconds(model: keras.Model, columns: dict[str, np.ndarray]) -> float:
    """Return the shortest time of some calls of a model."""
    best = float("inf")
    for _ in range(REPEATS):
        started = time.perf_counter()
        model.predict_on_batch(columns)
        best = min(best, time.perf_counter() - started)
    return best
