from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from registry.comparing.statistics import estimate, holm, paired

FINITE = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))


def test_a_mean_has_the_standard_error_of_the_mean_and_students_interval() -> None:
    found = estimate([1.0, 2.0, 3.0, 6.0])
    assert found.mean == 3.0
    assert found.error == pytest.approx(math.sqrt(14 / 3) / 2)
    low, high = stats.t.interval(0.95, 3, loc=3.0, scale=found.error)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_equal_values_have_an_error_of_exactly_0() -> None:
    assert estimate([0.7848250487437284] * 3).error == 0


def test_one_value_has_no_error_and_none_no_mean() -> None:
    assert math.isnan(estimate([2.0]).error)
    assert estimate([2.0]).mean == 2.0
    assert not estimate([]).known
    with pytest.raises(ValueError, match="nan"):
        estimate([1.0, math.nan])


@given(st.lists(st.tuples(FINITE, FINITE), min_size=2, max_size=5))
def test_the_paired_test_agrees_with_scipy(values: list[tuple[float, float]]) -> None:
    first, second = (dict(enumerate(column)) for column in zip(*values, strict=True))
    found = paired(first, second)
    differences = np.array([second[seed] - first[seed] for seed in first])
    if np.ptp(differences) > 1e-9:
        assert found.p == pytest.approx(stats.ttest_rel(list(second.values()), list(first.values())).pvalue)
    else:
        assert math.isnan(found.p)
    exact = stats.permutation_test(
        (list(second.values()), list(first.values())),
        lambda x, y: abs(np.sum(np.asarray(x) - np.asarray(y)).round(6)),
        permutation_type="samples",
        alternative="greater",
    )
    assert found.p_signs == pytest.approx(exact.pvalue)


def test_only_seeds_that_both_have_are_paired() -> None:
    found = paired({1: 1.0, 2: 2.0, 3: 9.0}, {2: 2.5, 1: 2.0, 4: 0.0})
    assert list(found.seeds) == [1, 2]
    assert found.difference.mean == 0.75
    assert math.isnan(paired({1: 1.0}, {2: 2.0}).difference.mean)


def test_holm_multiplies_the_smallest_by_all_and_keeps_the_order() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    corrected = holm([0.5, math.nan, 0.6])
    assert corrected[0] == corrected[2] == 1.0
    assert math.isnan(corrected[1])
