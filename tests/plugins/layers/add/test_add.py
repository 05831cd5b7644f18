"""The sum of several tensors."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def test_tensors_of_one_shape_are_added() -> None:
    assert_close(Case("add:Add")(x=[X, 2 * X, X[::-1]]), X + 2 * X + X[::-1])
