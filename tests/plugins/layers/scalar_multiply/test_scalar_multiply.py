"""The product with a number."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def test_every_number_is_multiplied() -> None:
    assert_close(Case("scalar_multiply:ScalarMultiply", factor=2.0)(x=X), 2 * X)
