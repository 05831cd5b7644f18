"""The nearest of the first seeds of a list, against all distances."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.kernels.compiled.nearest import nearest_of_first
from tests.examples import examples


def nearest(points: np.ndarray, seeds: np.ndarray, counts: list[int], reach: float = np.inf) -> np.ndarray:
    owner = np.empty((len(counts), len(points)), np.int64)
    nearest_of_first(points, seeds, np.array(counts, np.int64), reach, owner)
    return owner


@examples(60)
@given(
    hits=st.integers(1, 300),
    dimensions=st.integers(1, 5),
    grid=st.booleans(),
    reach=st.sampled_from([0.5, 4.0, np.inf]),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_hit_has_the_nearest_of_the_first_seeds_and_of_equally_near_ones_the_earlier(
    hits: int, dimensions: int, grid: bool, reach: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(hits, dimensions)) * 2
    points = np.round(points) if grid else points
    seeds = random.permutation(hits)[: random.integers(0, hits + 1)].astype(np.int64)
    counts = sorted(random.integers(0, len(seeds) + 1, 4).tolist())
    squared = ((points[:, None] - points[seeds][None]) ** 2).sum(axis=2)
    for count, owner in zip(counts, nearest(points, seeds, counts, reach), strict=True):
        expected = np.full(hits, -1)
        if count:
            best = squared[:, :count].argmin(axis=1)
            inside = squared[np.arange(hits), best] <= reach
            expected[inside] = seeds[best[inside]]
        assert np.array_equal(owner, expected)


def test_a_seed_exactly_at_the_reach_is_taken_and_hits_that_are_nowhere_have_none() -> None:
    points = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.5], [np.nan, 0.0], [np.inf, 0.0]])
    assert nearest(points, np.array([0]), [1], 25.0).tolist() == [[0, 0, -1, -1, -1]]


def test_seeds_far_from_the_origin_and_far_hits_are_told_apart() -> None:
    random = np.random.default_rng(4)
    points = 1e7 + random.normal(size=(500, 3))
    points[:5] += 1e6
    seeds = np.arange(400)
    squared = ((points[:, None] - points[seeds][None]) ** 2).sum(axis=2)
    assert np.array_equal(nearest(points, seeds, [400])[0], squared.argmin(axis=1))
