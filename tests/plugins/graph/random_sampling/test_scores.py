"""Random numbers by seed and place."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from registry.plugins.graph.random_sampling.scores import PRIME, scores

PLACES = np.arange(20_000, dtype="int32")


@pytest.mark.parametrize("seed", [0, 1, 2, 3, PRIME, 2**32 - 1])
def test_numbers_are_evenly_spread_also_in_pairs_of_neighbours(seed: int) -> None:
    drawn = np.asarray(scores(seed, PLACES), "float64")
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    counts = np.histogram2d(drawn[:-1], drawn[1:], bins=20, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(counts.ravel()).pvalue > 1e-3


def test_numbers_of_adjacent_seeds_are_independent() -> None:
    drawn = np.asarray([scores(seed, PLACES) for seed in range(8)], "float64")
    correlation = np.corrcoef(drawn)[~np.eye(len(drawn), dtype=bool)]
    assert np.abs(correlation).max() < 5 / np.sqrt(len(PLACES))


def test_numbers_are_the_same_as_those_of_whole_numbers_in_python() -> None:
    seed, place = 5, 17

    def mix(value: int) -> int:
        for factor, summand in ((1_103_515_245, 12_345), (1_812_433_253 % PRIME, 907_633_385), (69_069, 1_327_217_885)):
            value = pow(factor * value + summand, 5, PRIME)
        return value

    expected = (mix((place + mix((seed + 1_597_334_677) % PRIME)) % PRIME) // 128) / 2**24
    assert float(np.asarray(scores(seed, np.array([place], "int32")))[0]) == expected
