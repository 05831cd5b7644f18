"""Networks on links, forward and backward: in blocks, and with tensors of hits x neighbours x features"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.case import Case, every
from benchmarks.geometry import learned_space

UNITS, FEATURES, PAIR = [48, 48], 64, 14
BLOCKS: dict[str, dict[str, Any]] = {
    "edge_conv": {"units": UNITS},
    "gated_message_passing": {"units": UNITS, "return_links": False},
    "gated_message_passing, links handed on": {"units": UNITS},
    "link_scores": {"units": UNITS},
}
WHOLE = "{}, whole tensors"
PLACES = (
    "registry.plugins.graph.edge_conv.layer",
    "registry.plugins.graph.link_networks.messages",
    "registry.plugins.graph.link_networks.scores",
)
NUMBERS = [{"hits": hits, "k": k} for hits, k in ((10_000, 24), (45_000, 24), (45_000, 64))]


def cases() -> Iterator[Case]:
    """Yield every contender at every size."""
    yield from every("links", dict.fromkeys(CONTENDERS, "tensorflow"), NUMBERS)


def _whole(function: Callable[..., Any], near: Any, rows: Any, tables: Any, shape: Any) -> Any:
    """Compute all links at once, and let TensorFlow keep what the gradient needs."""
    return function(near, rows, tables)


def _ours(contender: str, hits: int, k: int) -> Callable[[], Any]:
    """Return one call of a layer and its gradients."""
    import tensorflow as tf

    from registry.loading.blocks import load_registry
    from registry.plugins.kernels.compiled.neighbours import find

    kind = load_registry(()).blocks[contender.partition(",")[0]]
    layer = kind(kind.Params(**BLOCKS[contender])).build("layer")
    random = np.random.default_rng(1)
    near, _ = find(learned_space(hits, 3), np.array([0, hits], np.int32), k)
    x = tf.constant(random.normal(size=(hits, FEATURES)), tf.float32)
    pairs = tf.constant(random.normal(size=(hits, near.shape[1], PAIR)), tf.float32)
    inputs = {"x": x, "neighbour_indices": tf.constant(near), "link_features": pairs}
    # Of one hit without neighbours: what is to be measured has not run yet.
    layer(**{name: item[:1] if name != "neighbour_indices" else 0 * item[:1] - 1 for name, item in inputs.items()})

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            found = tf.nest.flatten(layer(**inputs))
            total = tf.add_n([tf.reduce_sum(tf.sin(item)) for item in found])
        return tape.gradient(total, [x, *layer.trainable_weights])

    def timed() -> dict[str, float]:
        started = time.process_time()
        for gradient in step():
            gradient.numpy()
        return {"cpu": time.process_time() - started}

    return timed


def _gathered(contender: str, hits: int, k: int) -> Callable[[], Any]:
    """Return the same with tensors of all links."""
    for place in PLACES:
        mock.patch(f"{place}.in_blocks", _whole).start()
    return _ours(contender, hits, k)


CONTENDERS: dict[str, Callable[..., Callable[[], Any]]] = {
    **{contender: partial(_ours, contender) for contender in BLOCKS},
    **{WHOLE.format(contender): partial(_gathered, contender) for contender in BLOCKS},
}
