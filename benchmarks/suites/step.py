"""A training step of graphs/gravnet.yaml"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import Case, every

PACKAGES = dict.fromkeys(("numba", "plain"), "tensorflow")
NUMBERS = [{"hits": hits, "k": 64} for hits in (1_000, 5_000, 10_000, 20_000, 45_000, 120_000, 200_000)]
GRAPH = Path(__file__).resolve().parents[2] / "graphs" / "gravnet.yaml"
HITS_AN_EVENT = 700
"""Fewer than the generator makes on average: so many events are generated that there are hits enough."""


def cases() -> Iterator[Case]:
    """Yield both kernels at every size."""
    yield from every("step", PACKAGES, NUMBERS)


def _step(implementation: str) -> Callable[..., Callable[[], Any]]:
    def prepare(hits: int, k: int) -> Callable[[], Any]:
        os.environ["REGISTRY_KERNELS"] = implementation
        from registry.compiling.model import compile_graph
        from registry.training.events import open_data
        from registry.training.feeding import Feed
        from registry.training.options import OptimizerOptions
        from registry.training.step import Steps, make_optimizer
        from registry.wiring.opening import open_graph

        iteration = f"{{n: {k}}}"
        sets = [
            f"Architecture.gravnet=[{iteration}, {iteration}, {iteration}]",
            f"Data.options.showers.train_events={hits // HITS_AN_EVENT + 5}",
            "Data.options.showers.validation_events=1",
        ]
        wiring = open_graph(str(GRAPH), sets=sets)
        compiled = compile_graph(wiring)
        source = open_data(wiring.loader, 1)
        feed = Feed(source, wiring.loader.node.path, frozenset(compiled.training_inputs), 1)
        enough = int(np.searchsorted(np.cumsum(source.sizes("train")), hits)) + 1
        batch = feed.read("train", np.arange(enough))
        steps = Steps(compiled)
        steps.retrace(make_optimizer(OptimizerOptions(), 1e-3))
        number = iter(range(1_000_000))
        import tensorflow as tf

        def step() -> float:
            steps.train(batch.tensors, tf.constant(next(number), tf.int64))
            return steps.train_sums.take()["loss"]

        return step

    return prepare


CONTENDERS = {"numba": _step("numba"), "plain": _step("tensorflow")}
