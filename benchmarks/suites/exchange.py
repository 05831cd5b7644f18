"""What takes GravNet's place in graphs/gravnet.yaml: the training step, and the layer alone, forward and backward"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.network import HITS_AN_EVENT, one_batch

EXCHANGES = ("gravnet", "hashed_attention", "window_attention")
ALONE = "{}, alone"
FEATURES = 67
"""Columns that the layer takes in graphs/gravnet.yaml."""
NUMBERS = [{"hits": hits, "k": 16} for hits in (10_000, 45_000)]


def cases() -> Iterator[Case]:
    """Yield the steps, and the layers alone."""
    yield from every("exchange", dict.fromkeys(CONTENDERS, "tensorflow"), NUMBERS)


def _timed(call: Callable[[], Any]) -> Callable[[], dict[str, float]]:
    """Return a call that says the seconds of all processors that it took: on a machine at work it waits for others."""

    def timed() -> dict[str, float]:
        started = time.process_time()
        call()
        return {"cpu": time.process_time() - started}

    return timed


def _step(exchange: str, hits: int, k: int) -> Callable[[], Any]:
    return _timed(one_batch(hits, k, sets=[f"Architecture.exchange={exchange}"]))


def _alone(exchange: str, hits: int, k: int) -> Callable[[], Any]:
    """Return one call on events of `HITS_AN_EVENT` hits and its gradients; nobody takes the lists of neighbours."""
    import tensorflow as tf

    from registry.loading.blocks import load_registry

    kind = load_registry(()).blocks[exchange]
    parameters = {"n_neighbours": k, "n_dimensions": 4, "n_filters": 64, "n_propagate": 64}
    layer = kind(kind.Params(**parameters)).build("layer")
    x = tf.constant(np.random.default_rng(1).normal(size=(hits, FEATURES)), tf.float32)
    splits = tf.constant([*range(0, hits, HITS_AN_EVENT), hits], tf.int32)
    layer(x=x, row_splits=splits)

    @tf.function
    def call() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(tf.sin(layer(x=x, row_splits=splits)["features"]))
        return tape.gradient(total, [x, *layer.trainable_weights])

    return _timed(lambda: [gradient.numpy() for gradient in call() if gradient is not None])


CONTENDERS: dict[str, Callable[..., Callable[[], Any]]] = {
    **{exchange: partial(_step, exchange) for exchange in EXCHANGES},
    **{ALONE.format(exchange): partial(_alone, exchange) for exchange in EXCHANGES},
}
