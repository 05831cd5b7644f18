"""A training step with the threads of Numba and of TensorFlow: if they fought over cores, fewer would be faster"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.case import Case, every
from benchmarks.network import one_batch
from benchmarks.target import Results, Target, figure

PACKAGES = dict.fromkeys(("both", "numba one", "tensorflow one", "both one"), "tensorflow")


def cases() -> Iterator[Case]:
    """Yield all threads, one thread of either, and one of both."""
    yield from every("threads", PACKAGES, [{"hits": 10_000, "k": 64}])


def _step(numba_one: bool, tensorflow_one: bool) -> Callable[..., Callable[[], Any]]:
    def prepare(hits: int, k: int) -> Callable[[], Any]:
        if numba_one:
            os.environ["NUMBA_NUM_THREADS"] = "1"
        if tensorflow_one:
            import tensorflow as tf

            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        return one_batch(hits, k)

    return prepare


CONTENDERS = {
    "both": _step(False, False),
    "numba one": _step(True, False),
    "tensorflow one": _step(False, True),
    "both one": _step(True, True),
}


def _gain_of_fewer(results: Results) -> float | None:
    """Return how much faster the step is with fewer threads than with all of them."""
    every_thread = figure(results, "threads", "both", "seconds")
    fewer = [figure(results, "threads", name, "seconds") for name in PACKAGES if name != "both"]
    known = [seconds for seconds in fewer if seconds is not None]
    return every_thread / min(known) if every_thread and known else None


TARGETS = (Target("gain of fewer threads (Numba and TensorFlow do not fight): none", _gain_of_fewer, 1.05),)
