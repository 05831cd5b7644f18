"""Exact neighbour search in one event"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.geometry import learned_space
from benchmarks.target import Results, Target, growth, ratio

PACKAGES = {
    "numba": "numba",
    "pykdtree": "pykdtree",
    "scipy": "scipy",
    "torch_cluster": "torch_cluster",
    "faiss": "faiss",
    "tensorflow": "tensorflow",
}
NUMBERS = [
    *({"hits": 5_000, "k": k, "d": 3} for k in (8, 16, 64)),
    *({"hits": hits, "k": 64, "d": 3} for hits in (1_000, 10_000, 20_000, 45_000, 120_000, 200_000)),
    *({"hits": 45_000, "k": k, "d": 3} for k in (8, 16, 32, 128, 256)),
    {"hits": 45_000, "k": 64, "d": 6},
]
# Brute force: hours beyond this.
LARGEST_BRUTE_FORCE = 20_000


def cases() -> Iterator[Case]:
    """Yield every contender at every size."""
    for case in every("knn", PACKAGES, NUMBERS):
        if case.contender not in ("tensorflow", "faiss") or case.parameters["hits"] <= LARGEST_BRUTE_FORCE:
            yield case


def _numba(hits: int, k: int, d: int) -> Callable[[], Any]:
    from registry.plugins.kernels.compiled.neighbours import find

    x, splits = learned_space(hits, d), np.array([0, hits], np.int32)
    return lambda: find(x, splits, k)


def _tensorflow(hits: int, k: int, d: int) -> Callable[[], Any]:
    import tensorflow as tf

    from registry.plugins.kernels.plain.neighbours import search

    x, splits = tf.constant(learned_space(hits, d)), tf.constant([0, hits], tf.int32)
    traced = tf.function(lambda: search(x, splits, k, None))
    return lambda: traced()


def _pykdtree(hits: int, k: int, d: int) -> Callable[[], Any]:
    from pykdtree.kdtree import KDTree

    x = learned_space(hits, d)
    return lambda: KDTree(x).query(x, k + 1)


def _scipy(hits: int, k: int, d: int) -> Callable[[], Any]:
    from scipy.spatial import cKDTree

    x = learned_space(hits, d)
    return lambda: cKDTree(x).query(x, k + 1, workers=-1)


def _torch_cluster(hits: int, k: int, d: int) -> Callable[[], Any]:
    import torch
    import torch_cluster

    x = torch.from_numpy(learned_space(hits, d))
    return lambda: torch_cluster.knn(x, x, k + 1)


def _faiss(hits: int, k: int, d: int) -> Callable[[], Any]:
    import faiss

    x = learned_space(hits, d)

    def search() -> Any:
        index = faiss.IndexFlatL2(d)
        index.add(x)
        return index.search(x, k + 1)

    return search


CONTENDERS = {
    "numba": _numba,
    "tensorflow": _tensorflow,
    "pykdtree": _pykdtree,
    "scipy": _scipy,
    "torch_cluster": _torch_cluster,
    "faiss": _faiss,
}

SMALL = {"hits": 45_000, "d": 3, "k": 64}
FEWEST_HITS, FEWEST_NEIGHBOURS = 5_000, 8


def _least_ratio(results: Results) -> float | None:
    """Return the search against pykdtree where it does worst."""
    numbers = [
        {key: result[key] for key in ("hits", "k", "d")}
        for result in results
        if result["suite"] == "knn" and result["hits"] >= FEWEST_HITS and result["k"] >= FEWEST_NEIGHBOURS
    ]
    ratios = [ratio("knn", "pykdtree", "numba", "seconds", **number)(results) for number in numbers]
    return min((found for found in ratios if found is not None), default=None)


TARGETS = (
    Target(
        "search, 45,000 hits, d = 3, K = 64, against pykdtree: 2 x",
        ratio("knn", "pykdtree", "numba", "seconds", **SMALL),
        2,
        at_least=True,
    ),
    Target(
        "the same, K = 128: 4 x", ratio("knn", "pykdtree", "numba", "seconds", **{**SMALL, "k": 128}), 4, at_least=True
    ),
    Target(
        "the same, d = 6, K = 64: 1.5 x",
        ratio("knn", "pykdtree", "numba", "seconds", **{**SMALL, "d": 6}),
        1.5,
        at_least=True,
    ),
    Target("search, worst case from 5,000 hits and K = 8 up, against pykdtree: 1 x", _least_ratio, 1, at_least=True),
    Target("search, growth with hits: exponent 1.15 at most", growth("knn", "numba", "seconds", k=64, d=3), 1.15),
)
