"""Rows of one tensor or of another."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close


def test_rows_above_zero_come_from_the_first_tensor() -> None:
    condition = np.array([[1.0], [0.0], [-1.0], [0.2]])
    out = Case("mix_where:MixWhere")(condition=condition, x=np.full((4, 2), 5.0), otherwise=np.full((4, 2), 7.0))
    assert_close(out, [[5, 5], [7, 7], [7, 7], [5, 5]])
