"""Exact neighbour search in one event"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.geometry import learned_space

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
