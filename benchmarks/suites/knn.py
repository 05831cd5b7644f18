"""Exact neighbour search in one event"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.geometry import learned_space
from benchmarks.target import Measured, Results, Target, figure, growth

TREES = {
    "numba": "numba",
    "pykdtree": "pykdtree",
    "small_gicp": "small_gicp",
    "nanoflann": "pynanoflann",
    "scipy": "scipy",
}
BRUTE_FORCE = {"torch_cluster": "torch_cluster", "faiss": "faiss", "tensorflow": "tensorflow"}
PAIRED = tuple(TREES)

HITS = (1_000, 5_000, 20_000, 45_000, 200_000)
AHEAD = {4: 1.0, 8: 1.0, 16: 1.3, 32: 1.3, 64: 2.5, 128: 4.0, 256: 8.0}
"""By the number of neighbours: how many times as fast as the best of the others."""

DIMENSIONS, ELSEWHERE = (2, 4, 6, 8), {16: 1.3, 64: 2.5}
"""Where there are not three dimensions."""

NUMBERS = [
    *({"hits": hits, "k": k, "d": 3} for k in AHEAD for hits in HITS),
    *({"hits": 45_000, "k": k, "d": d} for k in ELSEWHERE for d in DIMENSIONS),
]
SLOW_NUMBERS = [{"hits": hits, "k": 64, "d": 3} for hits in (1_000, 5_000, 20_000)]


def cases() -> Iterator[Case]:
    """Yield every tree at every size, and brute force where it takes no hours."""
    for case in every("knn", TREES, NUMBERS):
        if case.contender != "small_gicp" or case.parameters["d"] == 3:
            yield case
    yield from every("knn", BRUTE_FORCE, SLOW_NUMBERS)


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


def _small_gicp(hits: int, k: int, d: int) -> Callable[[], Any]:
    import small_gicp

    x, threads = learned_space(hits, d), _threads()

    def search() -> Any:
        points = x.astype(np.float64)
        return small_gicp.KdTree(points, num_threads=threads).batch_knn_search(points, k + 1, num_threads=threads)

    return search


def _nanoflann(hits: int, k: int, d: int) -> Callable[[], Any]:
    import pynanoflann

    x, threads = learned_space(hits, d), _threads()

    def search() -> Any:
        tree = pynanoflann.KDTree(n_neighbors=k + 1, metric="L2")
        tree.fit(x)
        return tree.kneighbors(x, n_jobs=threads)

    return search


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
    "small_gicp": _small_gicp,
    "nanoflann": _nanoflann,
    "scipy": _scipy,
    "torch_cluster": _torch_cluster,
    "faiss": _faiss,
}


def ahead(suite: str, **numbers: int) -> Measured:
    """Return what takes the search against the best of the other trees, where it does worst."""

    def measured(results: Results) -> float | None:
        found = []
        for result in results:
            known = {name: value for name, value in result.items() if name in ("events", "hits", "k", "d")}
            wanted = {"suite": suite, "contender": "numba", **numbers}
            if wanted.items() <= result.items() and "seconds" in result:
                others = [figure(results, suite, name, "seconds", **known) for name in TREES if name != "numba"]
                best = min((seconds for seconds in others if seconds is not None), default=None)
                found += [] if best is None else [best / result["seconds"]]
        return min(found, default=None)

    return measured


def _memory(results: Results) -> float | None:
    """Return the largest extra memory of a search, in units of what it returns; small ones are lost in the rounding."""
    found = [
        result["extra_mb"] * 2**20 / (8 * result["hits"] * (result["k"] + 1))
        for result in results
        if {"suite": "knn", "contender": "numba"}.items() <= result.items() and result.get("hits", 0) >= 45_000
    ]
    return max(found, default=None)


TARGETS = (
    *(
        Target(
            f"search, 1,000 to 200,000 hits, d = 3, K = {k}, against the best: {least:g} x",
            ahead("knn", k=k, d=3),
            least,
            at_least=True,
        )
        for k, least in AHEAD.items()
    ),
    *(
        Target(
            f"search, 45,000 hits, d = {d}, K = {k}, against the best: {least:g} x",
            ahead("knn", k=k, d=d),
            least,
            at_least=True,
        )
        for k, least in ELSEWHERE.items()
        for d in DIMENSIONS
    ),
    Target("search, extra memory against what it returns, from 45,000 hits up: 2 x", _memory, 2),
    Target("search, growth with hits: exponent 1.15 at most", growth("knn", "numba", "seconds", k=64, d=3), 1.15),
)
