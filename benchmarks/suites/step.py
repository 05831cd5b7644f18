"""A training step of graphs/gravnet.yaml"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.case import Case, every
from benchmarks.network import at_best, one_batch
from benchmarks.suites.aggregation import gather
from benchmarks.target import Target, ratio, value

LARGEST = 320_000
RECOMPUTE = ("iterations",)
PACKAGES = dict.fromkeys(("numba", "plain", "gather"), "tensorflow")
NUMBERS = [{"hits": hits, "k": 64} for hits in (1_000, 5_000, 8_000, 10_000, 20_000, 45_000, 120_000, 200_000)]
AT_BEST = (10_000, 45_000)
FIRST_STEPS = 3
"""Steps of the call that warms up: until then a process still asks the system for memory, up to half a step's time."""
COMPUTED_AGAIN = (8_000, 45_000, 120_000, 200_000, LARGEST)


def cases() -> Iterator[Case]:
    """Yield every contender at every size; iterations that are computed again, where memory is short."""
    yield from every("step", PACKAGES, NUMBERS)
    yield Case("step", "numba", {"hits": LARGEST, "k": 64})
    for hits in COMPUTED_AGAIN:
        yield Case("step", "recompute", {"hits": hits, "k": 64})
    for hits in AT_BEST:
        yield Case("step", "at best", {"hits": hits, "k": 64})
    yield Case("step", "recompute, accumulate", {"hits": LARGEST, "k": 64})


def _step(implementation: str, **rule: Any) -> Callable[..., Callable[[], Any]]:
    def prepare(hits: int, k: int) -> Callable[[], Any]:
        os.environ["REGISTRY_KERNELS"] = implementation
        step, first = one_batch(hits, k, **rule), iter(range(FIRST_STEPS - 1))

        def steps() -> None:
            for _ in first:
                step()
            step()

        return steps

    return prepare


def _gathered(hits: int, k: int) -> Callable[[], Any]:
    """The compiled search, and aggregation through a tensor of hits x neighbours x features."""
    import tensorflow as tf

    from registry.plugins.kernels import aggregation

    def exchanged(features: Any, distances: Any, indices: Any, decay: Any, first: int, keep: bool) -> Any:
        weights = tf.where(indices >= 0, tf.exp(-decay * distances), 0)[:, first:]
        return gather(features, weights, tf.maximum(indices, 0)[:, first:]) - tf.concat([features, features], axis=1)

    aggregation._exchanged = exchanged
    return _step("numba")(hits, k)


CONTENDERS = {
    "numba": _step("numba"),
    "plain": _step("tensorflow"),
    "at best": at_best,
    "gather": _gathered,
    "recompute": _step("numba", recompute=RECOMPUTE),
    "recompute, accumulate": _step("numba", recompute=RECOMPUTE, accumulate=4),
}

TARGETS = (
    Target("training step, 10,000 hits, K = 64: 0.7 s", value("step", "numba", hits=10_000), 0.7, unit=" s"),
    *(
        Target(
            f"the same, {hits:,} hits, against what the machine could do at best: 2 x the time",
            ratio("step", "numba", "at best", hits=hits),
            2,
        )
        for hits in AT_BEST
    ),
    *(
        Target(
            f"the same, {hits:,} hits, against a gathered tensor of hits x neighbours x features: 5 x",
            ratio("step", "gather", "numba", hits=hits),
            5,
            at_least=True,
        )
        for hits in AT_BEST
    ),
    Target("the same, against the plain kernels: 6 x", ratio("step", "plain", "numba", hits=10_000), 6, at_least=True),
    Target(
        "training step, 120,000 hits, K = 64, whole process: 8 GB",
        value("step", "numba", "process_mb", 2**20 / 1e9, hits=120_000),
        8,
        unit=" GB",
    ),
    Target(
        "the same, 320,000 hits, iterations computed again: 9 GB",
        value("step", "recompute", "process_mb", 2**20 / 1e9, hits=LARGEST),
        9,
        unit=" GB",
    ),
    Target(
        "the same, four batches accumulated: 9 GB",
        value("step", "recompute, accumulate", "process_mb", 2**20 / 1e9, hits=LARGEST),
        9,
        unit=" GB",
    ),
    Target(
        "the same, beside one batch a step: no more memory",
        ratio("step", "recompute, accumulate", "recompute", "process_mb", hits=LARGEST),
        1.02,
    ),
    *(
        Target(
            f"price of computing again, {hits:,} hits: 1.4 x the time",
            ratio("step", "recompute", "numba", hits=hits),
            1.4,
        )
        for hits in COMPUTED_AGAIN
    ),
)
