"""The identity with a scaled gradient."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def test_values_are_handed_on_and_gradients_are_scaled() -> None:
    case = Case("scale_gradient:ScaleGradient", scale=0.1)
    assert_close(case(x=X), X)
    _, (gradient,), _ = case.gradients(tf.reduce_sum, ("x",), x=X)
    assert_close(gradient, np.full_like(X, 0.1))
