"""Errors: binomial intervals, effective sigma, bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from registry.measuring.intervals import ONE_SIGMA, binomial, effective_sigma, resamplings, spread
from tests.examples import examples


@examples(40)
@given(total=st.integers(1, 500), share=st.floats(0, 1))
def test_binomial_intervals_are_those_of_scipy(total: int, share: float) -> None:
    passed = round(share * total)
    test = binomtest(passed, total)
    for name, method in (("wilson", "wilson"), ("clopper_pearson", "exact")):
        found = binomial(passed, total, name)  # type: ignore[arg-type]
        expected = test.proportion_ci(ONE_SIGMA, method)  # type: ignore[arg-type]
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
        assert found.low <= found.value <= found.high


def test_effective_sigma_of_a_normal_distribution_is_its_sigma_and_tails_do_not_matter() -> None:
    values = np.random.default_rng(1).normal(3.0, 2.0, 20_000)
    assert effective_sigma(values) == pytest.approx(2.0, rel=0.03)
    assert effective_sigma(np.concatenate([values, [1e9] * 10])) == pytest.approx(2.0, rel=0.03)


def test_effective_sigma_of_one_value_is_unknown_and_of_equal_ones_is_0() -> None:
    assert math.isnan(effective_sigma(np.ones(1)))
    assert effective_sigma(np.ones(5)) == 0


def test_a_bootstrap_is_the_same_every_time_and_its_spread_is_the_standard_error() -> None:
    times = resamplings(400, 500, seed=3)
    assert np.array_equal(times, resamplings(400, 500, seed=3))
    values = np.random.default_rng(2).normal(size=400)
    assert spread(times @ values / 400) == pytest.approx(values.std() / 20, rel=0.1)
