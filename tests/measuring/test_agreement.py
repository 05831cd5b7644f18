"""V-measure and adjusted Rand index are those of scikit-learn."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

from registry.measuring.agreement import agreement
from tests.examples import examples


@examples(60)
@given(seed=st.integers(0, 2**32 - 1), hits=st.integers(1, 40), groups=st.integers(1, 8))
def test_scikit_learn_gives_the_same(seed: int, hits: int, groups: int) -> None:
    random = np.random.default_rng(seed)
    truth, found = random.integers(-1, groups, (2, hits))
    own = agreement(truth, found)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn wonders about many labels
        expected = [*homogeneity_completeness_v_measure(truth, found), adjusted_rand_score(truth, found)]
    assert list(own.values()) == pytest.approx(expected, abs=1e-9)


def test_an_event_without_hits_has_none() -> None:
    assert all(map(math.isnan, agreement(np.zeros(0, int), np.zeros(0, int)).values()))
