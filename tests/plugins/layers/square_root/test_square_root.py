"""The square root of squared distances."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tests.plugins.block_case import Case, assert_close


def test_the_root_has_a_finite_slope_at_0() -> None:
    x = np.array([[0.0, 4.0], [1e-6, 9.0]])
    case = Case("square_root:SquareRoot")
    assert_close(case(x=x), np.sqrt(x + 1e-6))
    _, (slope,), _ = case.gradients(tf.reduce_sum, ("x",), x=x)
    assert_close(slope, 0.5 / np.sqrt(x + 1e-6))
