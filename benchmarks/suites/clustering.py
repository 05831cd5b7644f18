"""Clusters of the hits of one event, beside the network that predicts them and scikit-learn"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.geometry import clusters
from benchmarks.network import GRAPH
from benchmarks.target import Target, ratio

PACKAGES = {
    "numba": "numba",
    "nearest seed": "numba",
    "CLUE": "numba",
    "network": "tensorflow",
    "scikit-learn, DBSCAN": "sklearn",
    "scikit-learn, HDBSCAN": "sklearn",
}
NUMBERS = [{"hits": hits} for hits in (2_300, 10_000, 40_000)]
HITS_OF_AN_OBJECT = 40


def cases() -> Iterator[Case]:
    """Yield every contender at every size."""
    yield from every("clustering", PACKAGES, NUMBERS)


def _read_out(name: str, **parameters: Any) -> Callable[..., Callable[[], Any]]:
    def prepare(hits: int) -> Callable[[], Any]:
        from registry.loading.blocks import load_registry

        columns = _columns(hits)
        kind: Any = load_registry().blocks[name]
        clusterer = kind(kind.Params(**parameters))
        return lambda: clusterer.cluster(columns)

    return prepare


def _columns(hits: int) -> dict[str, np.ndarray]:
    x, beta, _ = clusters(hits, hits // HITS_OF_AN_OBJECT)
    return {"coordinates": x, "beta": beta[:, None], "row_splits": np.array([0, hits])}


def _network(hits: int) -> Callable[[], Any]:
    """The inference model of graphs/gravnet.yaml, compiled, on one event."""
    import tensorflow as tf

    import registry

    graph = registry.load(GRAPH, set={"Data.options.showers.train_events": 1})
    model = graph.compile().inference
    assert model is not None
    call = tf.function(lambda columns: model(columns, training=False), autograph=False)
    random = np.random.default_rng(1)
    columns = {
        name: tf.constant(random.random((hits, *tensor.shape[1:])), tensor.dtype)
        for name, tensor in model.input.items()
    }
    splits = next(name for name in columns if name.endswith("row_splits"))
    columns[splits] = tf.constant([0, hits], tf.int32)
    return lambda: [np.asarray(value) for value in call(columns).values()]


def _scikit_learn(name: str, **parameters: Any) -> Callable[..., Callable[[], Any]]:
    def prepare(hits: int) -> Callable[[], Any]:
        import sklearn.cluster

        points = _columns(hits)["coordinates"]
        return lambda: getattr(sklearn.cluster, name)(**parameters).fit(points)

    return prepare


CONTENDERS = {
    "numba": _read_out("condensation", beta_threshold=0.5, distance_threshold=0.5),
    "nearest seed": _read_out("condensation", beta_threshold=0.5, distance_threshold=0.5, assign="nearest"),
    "CLUE": _read_out("clue", critical_distance=0.2),
    "network": _network,
    "scikit-learn, DBSCAN": _scikit_learn("DBSCAN", eps=0.1, min_samples=3),
    "scikit-learn, HDBSCAN": _scikit_learn("HDBSCAN", min_cluster_size=5, copy=True),
}

TARGETS = (
    Target(
        "clusters of 40,000 hits, against the network that predicts them: 4 x",
        ratio("clustering", "network", "numba", hits=40_000),
        4,
        at_least=True,
    ),
)
