"""Mean and maximum over neighbours, forward and backward"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.geometry import learned_space
from benchmarks.target import Target, ratio

PACKAGES = dict.fromkeys(("numba", "gather", "blocked", "xla"), "tensorflow")
NUMBERS = [
    *({"hits": hits, "k": 64, "features": 64} for hits in (5_000, 10_000, 20_000, 45_000)),
    *({"hits": 45_000, "k": k, "features": 64} for k in (16, 32)),
    *({"hits": 45_000, "k": 64, "features": features} for features in (16, 32)),
]


def cases() -> Iterator[Case]:
    """Yield every contender at every size."""
    yield from every("aggregation", PACKAGES, NUMBERS)


def _with_gradients(hits: int, k: int, features: int, aggregate: Callable[..., Any], jit: bool) -> Callable[[], Any]:
    import tensorflow as tf

    from registry.plugins.kernels.compiled.neighbours import find

    random = np.random.default_rng(1)
    indices, distances = find(learned_space(hits, 3), np.array([0, hits], np.int32), k - 1)
    indices, weights = tf.constant(indices), tf.constant(np.exp(-distances))
    values = tf.constant(random.normal(size=(hits, features)), tf.float32)
    upstream = tf.constant(random.normal(size=(hits, 2 * features)), tf.float32)

    @tf.function(jit_compile=jit)
    def step(values: Any, weights: Any, indices: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([values, weights])
            result = aggregate(values, weights, indices)
        return tape.gradient(result, [values, weights], upstream)

    return lambda: step(values, weights, indices)


def gather(values: Any, weights: Any, indices: Any) -> Any:
    """The plain form: a tensor of hits x neighbours x features."""
    import tensorflow as tf

    gathered = tf.gather(values, indices) * weights[:, :, None]
    return tf.concat([tf.reduce_mean(gathered, axis=1), tf.reduce_max(gathered, axis=1)], axis=1)


def _ours(implementation: str) -> Callable[..., Callable[[], Any]]:
    def prepare(hits: int, k: int, features: int) -> Callable[[], Any]:
        from registry.plugins.kernels import aggregate

        os.environ["REGISTRY_KERNELS"] = implementation
        return _with_gradients(hits, k, features, aggregate, jit=False)

    return prepare


CONTENDERS = {
    "numba": _ours("numba"),
    "blocked": _ours("tensorflow"),
    "gather": lambda **numbers: _with_gradients(**numbers, aggregate=gather, jit=False),
    "xla": lambda **numbers: _with_gradients(**numbers, aggregate=gather, jit=True),
}

LARGE = {"hits": 45_000, "k": 64, "features": 64}
TARGETS = (
    Target(
        "aggregation, 45,000 x 64 x 64, both ways, against plain gather: 8 x",
        ratio("aggregation", "gather", "numba", "seconds", **LARGE),
        8,
        at_least=True,
    ),
    Target(
        "its extra memory: a tenth", ratio("aggregation", "gather", "numba", "extra_mb", **LARGE), 10, at_least=True
    ),
)
