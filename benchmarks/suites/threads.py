"""A training step with the threads of Numba and of TensorFlow: if they fought over cores, fewer would be faster"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.case import Case, every
from benchmarks.network import one_batch

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
