"""Buckets of locality-sensitive hashing."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case

OPTIONS = {"n_neighbours": 4, "n_dimensions": 2, "n_filters": 5, "n_propagate": 4, "n_heads": 1, "window": 4}


def test_buckets_are_slabs_along_random_directions_cut_along_the_next() -> None:
    x = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
    case = Case("hashed_attention:HashedAttention", **OPTIONS, n_tables=3)
    case(x=x, row_splits=[0, 64])
    directions = case.layer.get_weights()[-1]
    assert directions.shape == (3, 2, 2)
    for (first, second), table in zip(directions, case.layer.windows(x, np.array([0, 64])), strict=True):
        slabs = np.argsort(x @ first).reshape(4, 16)
        expected = [slab[np.argsort(x[slab] @ second)].reshape(4, 4) for slab in slabs]
        assert table.hits.numpy().tolist() == np.concatenate(expected).tolist()


def test_directions_are_drawn_once_and_not_trained() -> None:
    x = np.random.default_rng(0).normal(size=(64, 2))
    case = Case("hashed_attention:HashedAttention", **OPTIONS)
    first, second = (case(x=x, row_splits=[0, 64], training=True)["features"].numpy() for _ in range(2))
    assert first.tolist() == second.tolist()
    assert [weight.name for weight in case.layer.non_trainable_weights] == ["directions"]
