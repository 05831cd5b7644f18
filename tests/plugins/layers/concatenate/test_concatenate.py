"""Columns side by side."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close


def test_columns_are_joined_in_the_order_given() -> None:
    out = Case("concatenate:Concatenate")(x=[np.array([[1.0, 2.0]]), np.array([[3.0]])])
    assert_close(out, [[1, 2, 3]])
