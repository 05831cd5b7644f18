"""Identities that change the gradient."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def test_values_are_handed_on_unchanged() -> None:
    assert_close(Case("gradients:ScaleGradient", scale=0.1)(x=X), X)
    assert_close(Case("gradients:StopGradient")(x=X), X)


def test_gradients_are_scaled_and_stopped() -> None:
    _, (gradient,), _ = Case("gradients:ScaleGradient", scale=0.1).gradients(tf.reduce_sum, ("x",), x=X)
    assert_close(gradient, np.full_like(X, 0.1))
    _, (gradient,), _ = Case("gradients:StopGradient").gradients(tf.reduce_sum, ("x",), x=X)
    assert gradient is None
