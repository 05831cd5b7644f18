"""A training step of graphs/gravnet.yaml"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.case import Case, every
from benchmarks.network import one_batch
from benchmarks.suites.aggregation import gather

PACKAGES = dict.fromkeys(("numba", "plain", "gather"), "tensorflow")
NUMBERS = [{"hits": hits, "k": 64} for hits in (1_000, 5_000, 10_000, 20_000, 45_000, 120_000, 200_000)]


def cases() -> Iterator[Case]:
    """Yield every contender at every size."""
    yield from every("step", PACKAGES, NUMBERS)


def _step(implementation: str) -> Callable[..., Callable[[], Any]]:
    def prepare(hits: int, k: int) -> Callable[[], Any]:
        os.environ["REGISTRY_KERNELS"] = implementation
        return one_batch(hits, k)

    return prepare


def _gathered(hits: int, k: int) -> Callable[[], Any]:
    """The compiled search, and aggregation through a tensor of hits x neighbours x features."""
    from registry.plugins.kernels import aggregation

    def aggregated(features: Any, weights: Any, indices: Any, mean: bool, maximum: bool) -> Any:
        return gather(features, weights, indices)

    aggregation._aggregated = aggregated
    return _step("numba")(hits, k)


CONTENDERS = {"numba": _step("numba"), "plain": _step("tensorflow"), "gather": _gathered}
