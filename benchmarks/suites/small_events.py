"""Exact neighbour search in many small events: in one call, and event by event by the others"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.geometry import learned_space
from benchmarks.suites import knn
from benchmarks.target import Target

PAIRED = knn.PAIRED
AHEAD = 3.0


def cases() -> Iterator[Case]:
    """Yield every tree."""
    yield from every("small_events", knn.TREES, [{"events": 1_000, "hits": 50, "k": k, "d": 3} for k in (8, 16)])


def _numba(events: int, hits: int, k: int, d: int) -> Callable[[], Any]:
    from registry.plugins.kernels.compiled.neighbours import find

    x, splits = learned_space(events * hits, d), np.arange(events + 1, dtype=np.int32) * hits
    return lambda: find(x, splits, k)


def _pykdtree(x: np.ndarray, k: int) -> Any:
    from pykdtree.kdtree import KDTree

    return KDTree(x).query(x, k + 1)


def _small_gicp(x: np.ndarray, k: int) -> Any:
    import small_gicp

    points = x.astype(np.float64)
    return small_gicp.KdTree(points).batch_knn_search(points, k + 1)


def _nanoflann(x: np.ndarray, k: int) -> Any:
    import pynanoflann

    tree = pynanoflann.KDTree(n_neighbors=k + 1, metric="L2")
    tree.fit(x)
    return tree.kneighbors(x)


def _scipy(x: np.ndarray, k: int) -> Any:
    from scipy.spatial import cKDTree

    return cKDTree(x).query(x, k + 1)


def _one_by_one(search: Callable[[np.ndarray, int], Any]) -> Callable[..., Callable[[], Any]]:
    def prepare(events: int, hits: int, k: int, d: int) -> Callable[[], Any]:
        parts = np.split(learned_space(events * hits, d), events)
        return lambda: [search(part, k) for part in parts]

    return prepare


CONTENDERS = {
    "numba": _numba,
    "pykdtree": _one_by_one(_pykdtree),
    "small_gicp": _one_by_one(_small_gicp),
    "nanoflann": _one_by_one(_nanoflann),
    "scipy": _one_by_one(_scipy),
}

TARGETS = (
    Target(
        "search, 1,000 events of 50 hits in one call, against a loop over the best: 3 x",
        knn.ahead("small_events"),
        AHEAD,
        at_least=True,
    ),
)
