"""Learned factors of columns."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def test_columns_are_multiplied_by_the_learned_factors_which_start_at_1() -> None:
    case = Case("element_scaling:ElementScaling")
    assert_close(case(x=X), X)
    case.layer.set_weights([np.array([[2.0, -1.0, 0.5]])])
    assert_close(case(x=X), X * [2.0, -1.0, 0.5])
